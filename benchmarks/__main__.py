"""``python -m benchmarks``: every figure in turn."""

from __future__ import annotations

import subprocess
import sys

# Each in a process of its own: caches and threads of one must not help or hinder the next.
for name in ("main_job", "kernel", "overhead", "device", "cold", "decoder", "bench_place"):
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
