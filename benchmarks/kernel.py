"""The emulated kernel of the mission's pattern against eager PyTorch: score, top-k, softmax, weighted rows."""

from __future__ import annotations

import torch

from benchmarks.measure import header, side_by_side, verdict

ROWS, COLS, K = 65536, 128, 64


def attend(keys: torch.Tensor, values: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    """Weighted sum of the ``K`` rows of ``values`` whose keys score highest."""
    scores = keys @ q
    best, where = torch.topk(scores, K)
    return torch.softmax(best, 0) @ values[where]


def attend_int8(keys: torch.Tensor, scales: torch.Tensor, values: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    """The same with int8 keys and a float scale a row."""
    scores = (keys.to(torch.float32) @ q) * scales
    best, where = torch.topk(scores, K)
    return torch.softmax(best, 0) @ values[where]


def main() -> None:
    torch.set_num_threads(1)
    header(f"kernel: keys[{ROWS}, {COLS}] q -> top-{K} -> softmax -> weighted rows")
    generator = torch.Generator().manual_seed(0)
    keys, values = torch.randn(2, ROWS, COLS, generator=generator)
    q = torch.randn(COLS, generator=generator)
    scales = keys.abs().amax(1) / 127
    quantised = (keys / scales[:, None]).round().to(torch.int8)
    # In this process: the figure is of the kernel, not of what it costs to reach a device (benchmarks.device).
    options = {"placement": "fpga", "device": "emulation"}
    with torch.no_grad():
        ours = torch.compile(attend, backend="fpga", options=options)
        narrow = torch.compile(attend_int8, backend="fpga", options=options)
        torch.testing.assert_close(ours(keys, values, q), attend(keys, values, q), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(
            narrow(quantised, scales, values, q), attend_int8(quantised, scales, values, q), rtol=1e-4, atol=1e-4
        )
        a, b, ratio = side_by_side(lambda: ours(keys, values, q), lambda: attend(keys, values, q), 101)
        print(f"   float32: emulated {a * 1e3:.2f} ms, eager {b * 1e3:.2f} ms, ratio {verdict(ratio, 1.5, 'x')}")
        a, b, ratio = side_by_side(lambda: narrow(quantised, scales, values, q), lambda: attend(keys, values, q), 101)
        print(
            f"   int8:    emulated {a * 1e3:.2f} ms, eager float32 {b * 1e3:.2f} ms, ratio {verdict(ratio, 1.0, 'x')}"
        )


if __name__ == "__main__":
    main()
