"""A dense region that gets another layout than it was compiled for: the message is ours, and names the user's lines."""

from __future__ import annotations

import pytest
import torch

import torch_fpga
from torch_fpga.compiler import realise
from torch_fpga.compiler.dense import Dense, compile_dense
from torch_fpga.errors import InternalError

OPTIONS = {"placement": "gpu", "device": "emulation"}


def model(x: torch.Tensor) -> torch.Tensor:
    return torch.atan(x) + x.sum(0)


def _given(monkeypatch: pytest.MonkeyPatch, change) -> None:
    """Every dense region gets ``change(tensor)`` in place of its inputs."""

    def compiled(graph, cacheable=False):
        made = compile_dense(graph, cacheable)
        return Dense(lambda *tensors: made.run(*map(change, tensors)), made.by)

    monkeypatch.setattr(realise, "compile_dense", compiled)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x: x.t().contiguous().t(), "stride 1==8"),
        (lambda x: x.reshape(-1), "wrong number of dimensions"),
    ],
    ids=["strides", "dimensions"],
)
def test_the_message_names_the_region_and_the_users_lines(change, said, monkeypatch):
    _given(monkeypatch, change)
    with torch.no_grad(), pytest.raises(InternalError) as error:
        torch.compile(model, backend="fpga", options=OPTIONS)(torch.randn(6, 8))
    text = str(error.value)
    assert text.startswith("test_dense_errors.py:")
    assert "return torch.atan(x) + x.sum(0)" in text.splitlines()[0]
    assert f"gpu0 of model {torch_fpga.last_report().graphs[0].name} got or made" in text
    assert said in text
    assert "TORCH_FPGA_DUMP" in text
    assert "custom op" not in text
    assert isinstance(error.value.__cause__, AssertionError)


def test_other_errors_stay_as_they_are(monkeypatch):
    def failing(x):
        raise AssertionError("the user's own")

    _given(monkeypatch, failing)
    with torch.no_grad(), pytest.raises(AssertionError, match=r"^the user's own$"):
        torch.compile(model, backend="fpga", options=OPTIONS)(torch.randn(6, 8))


def test_a_users_operator_that_is_described_wrongly_is_blamed():
    with torch.library._scoped_library("fpga_test", "FRAGMENT") as library:
        library.define("lies(Tensor x) -> Tensor")
        library.impl("lies", lambda x: x.t().contiguous().t(), "CPU")
        library.impl("lies", lambda x: torch.empty_like(x), "Meta")
        with torch.no_grad(), pytest.raises(AssertionError, match="custom op"):
            torch.compile(lambda x: torch.ops.fpga_test.lies(x) * 2, backend="fpga", options=OPTIONS)(torch.randn(6, 8))
