"""Kernels on the host's memory: what is passed where it lies, and what is copied first."""

from __future__ import annotations

import torch

from tests.kernels import compiled


def test_a_sharded_matrix_may_lie_at_any_address():
    room, vector = torch.randn(4096 * 64 + 1), torch.randn(64)
    matrix = room[1:].view(4096, 64)
    assert matrix.data_ptr() % 64
    run = compiled(lambda matrix, vector: matrix @ vector, matrix, vector)
    torch.testing.assert_close(run(matrix, vector), matrix @ vector, rtol=1e-4, atol=1e-4)
