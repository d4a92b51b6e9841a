from __future__ import annotations

import pytest

from torch_fpga.errors import UserError
from torch_fpga.options import Options


def test_defaults():
    options = Options.parse(None)
    assert (options.target, options.host, options.placement) == ("u55c", "mi210", "memory_bound")
    assert options.cache_dir


def test_unknown_option_names_the_nearest():
    with pytest.raises(UserError, match=r"unknown option 'placment'; did you mean 'placement'\?"):
        Options.parse({"placment": "fpga"})


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"target": "u55"}, "did you mean 'u55c'"),
        ({"placement": "gpus"}, "did you mean 'gpu'"),
        ({"verify": "yes"}, "not True or False"),
        ({"min_partition_gain": "5"}, "not a number"),
        ({"device": 3}, "not one of"),
    ],
)
def test_bad_values(option, words):
    with pytest.raises(UserError, match=words):
        Options.parse(option)


def test_key_differs_with_every_option():
    keys = [Options(), Options(target="v80"), Options(placement="gpu"), Options(verify=True), Options(cache_dir="x")]
    assert len({options.key() for options in keys}) == len(keys)
