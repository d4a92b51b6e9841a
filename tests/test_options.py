from __future__ import annotations

from pathlib import Path

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
        ({"guard": 0}, "guard=0 is not True or False"),
        ({"min_partition_gain": "5"}, "not a number"),
        ({"min_partition_gain": float("nan")}, "not 0 or more microseconds"),
        ({"min_partition_gain": float("inf")}, "not 0 or more microseconds"),
        ({"min_partition_gain": -1}, "not 0 or more microseconds"),
        ({"launch": "persistant"}, "did you mean 'persistent'"),
        ({"device": 3}, "not one of"),
        ({"cache_dir": 5}, "cache_dir=5 is not a path"),
        ({"cache_dir": None}, "cache_dir=None is not a path"),
        ({"cache_dir": ""}, "cache_dir='' names no folder"),
        ({"xclbin": 5}, "xclbin=5 is not a path"),
        ({"bounds": 0}, "bounds=0 is not a size"),
        ({"bounds": "4096"}, "bounds='4096' is not a size"),
        ({"bounds": {"x.size(0)": 2.5}}, "is not a size"),
        ({"bounds": {0: 4096}}, "is not a size, nor sizes by their names"),
    ],
)
def test_bad_values(option, words):
    with pytest.raises(UserError, match=words):
        Options.parse(option)


def test_a_path_may_be_a_path_object():
    assert Options.parse({"cache_dir": Path("kernels")}).cache_dir == "kernels"


def test_key_differs_with_every_option():
    changed = [{"target": "v80"}, {"placement": "gpu"}, {"verify": True}, {"launch": "xrt"}, {"cache_dir": "x"}]
    keys = [Options(**each) for each in ({}, *changed)]
    assert len({options.key() for options in keys}) == len(keys)
