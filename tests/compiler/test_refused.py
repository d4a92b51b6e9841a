"""What eager PyTorch refuses, and Inductor alone would compute, is refused."""

from __future__ import annotations

import pytest
import torch

import torch_fpga
from torch_fpga.errors import FpgaWarning

AT = torch.tensor([0])
CALLS = {
    "mv": lambda a, b: a @ b[0],
    "index_add": lambda a, b: a.index_add(0, AT, b[:1]),
    "index_copy": lambda a, b: a.index_copy(0, AT, b[:1]),
    "index_put": lambda a, b: a.index_put((AT,), b[0]),
    "put": lambda a, b: a.put(AT, b[0, :1]),
}


@pytest.mark.parametrize("placement", ["memory_bound", "fpga"])
@pytest.mark.parametrize("name", CALLS)
def test_mixed_types_raise_as_in_eager(name, placement):
    call, half, wide = CALLS[name], torch.ones(4, 6).half(), torch.ones(4, 6)
    compiled = torch.compile(lambda a, b: call(a, b) + 1, backend="fpga", options={"placement": placement})
    with torch.no_grad():
        with pytest.raises(RuntimeError) as eager:
            call(half, wide)
        words = rf"eager PyTorch refuses .*aten\.{name}\.default of torch\.float16 and"
        with pytest.warns(FpgaWarning, match=words), pytest.raises(RuntimeError) as ours:
            compiled(half, wide)
        assert str(ours.value).split(",")[0] == str(eager.value).split(",")[0]
        for _ in range(2):
            with pytest.raises(RuntimeError):
                compiled(half, wide)
    (graph,) = torch_fpga.last_report().graphs
    assert {node.reason_code for node in graph.nodes} == {"refused-in-eager"}
    assert {node.device for node in graph.nodes} == {"gpu"}
