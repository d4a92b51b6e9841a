"""A kernel's signature as JSON: what is kept on disk is data, which runs nothing when it is read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import torch

from torch_fpga.runtime.extents import Extent, Formula, Part
from torch_fpga.runtime.signature import Layout, Port, Scalar, Signature


def signature_to_json(signature: Signature) -> dict[str, Any]:
    """A value that ``json.dumps`` takes."""
    plain = dataclasses.asdict(signature)
    for each in (*plain["ports"], *plain["inputs"], *plain["outputs"]):
        each["dtype"] = str(each["dtype"]).removeprefix("torch.")
    return plain


def signature_from_json(plain: Mapping[str, Any]) -> Signature:
    """What ``signature_to_json`` was given. Raises KeyError, TypeError or ValueError for anything else."""
    return Signature(
        ports=tuple(Port(**{**port, "dtype": _dtype(port["dtype"])}) for port in plain["ports"]),
        scalars=tuple(Scalar(**scalar) for scalar in plain["scalars"]),
        inputs=tuple(map(_layout, plain["inputs"])),
        outputs=tuple(map(_layout, plain["outputs"])),
        device=plain["device"],
        extents=tuple(Extent(**extent) for extent in plain["extents"]),
        formulas=tuple(map(_formula, plain["formulas"])),
    )


def _layout(plain: Mapping[str, Any]) -> Layout:
    return Layout(tuple(plain["shape"]), tuple(plain["strides"]), _dtype(plain["dtype"]))


def _formula(plain: Mapping[str, Any]) -> Formula:
    return Formula(tuple((factor, tuple(Part(*part) for part in parts)) for factor, parts in plain["terms"]))


def _dtype(name: str) -> torch.dtype:
    dtype = getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype):
        raise ValueError(f"{name!r} is not a dtype")
    return dtype
