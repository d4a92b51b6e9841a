"""Shapes hypothesis draws: odd sizes, size one, rank nought to four, strided in memory; and those without elements."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tests.ops.inputs import LAYOUTS

sizes = st.sampled_from([1, 2, 3, 5, 7, 15, 16, 17, 31, 33])
shapes = st.lists(sizes, min_size=0, max_size=3).map(tuple)
empties = st.lists(st.sampled_from([0, 1, 3, 17]), min_size=1, max_size=3).map(tuple).filter(lambda shape: 0 in shape)
matrices = st.lists(sizes, min_size=1, max_size=3).map(tuple)
layouts = st.sampled_from(LAYOUTS)

# Each example builds a kernel with the C++ compiler: two by default, more with HYPOTHESIS_PROFILE=thorough, and no
# shrinking, which would build hundreds. derandomize makes a failure come again.
few = settings(
    max_examples=12 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 2,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
