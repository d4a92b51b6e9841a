"""``torch-fpga``: what a person asks from a shell."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from torch_fpga.errors import FpgaError

if TYPE_CHECKING:
    from torch_fpga.options import Options
    from torch_fpga.runtime.device import Device


def main(arguments: list[str] | None = None) -> int:
    """Runs a subcommand; 0 if all is well."""
    parser = argparse.ArgumentParser(prog="torch-fpga", description="LLM inference on a GPU and an FPGA")
    commands = parser.add_subparsers(required=True)
    doctor = commands.add_parser("doctor", help="say whether this machine can build and run kernels, and how")
    doctor.set_defaults(run=_doctor)
    return int(parser.parse_args(arguments).run())


def _doctor() -> int:
    import torch

    import torch_fpga
    from torch_fpga.options import Options
    from torch_fpga.runtime.device import open_device

    options = Options()
    device = open_device(options.device, options.cache_dir, options.timeout)
    print(f"torch_fpga {torch_fpga.__version__}, torch {torch.__version__}")
    print(f"kernels run on: {device.name} ({device.reason})")
    print(f"cache: {options.cache_dir}")
    try:
        print(f"a kernel was built and run: {_try_kernel(options, device)}")
    except FpgaError as error:
        print(f"no kernel can be built or run: {error}")
        return 1
    return 0


def _try_kernel(options: Options, device: Device) -> str:
    """Builds and runs the smallest kernel there is, and checks its answer."""
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    from torch_fpga.debug import Dump
    from torch_fpga.errors import InternalError
    from torch_fpga.lower import lower
    from torch_fpga.runtime.build import build
    from torch_fpga.runtime.cache import Cache
    from torch_fpga.runtime.launch import Launch

    x = torch.arange(8.0)
    graph = make_fx(lambda x: (x.cumsum(-1),), tracing_mode="fake")(x)
    lowered = lower(graph, "doctor", Dump())
    cache = Cache(options.cache_dir)
    built = build(lowered.name, lowered.source, lowered.signature, cache).result()
    (kernel,) = device.load([built]).kernels
    launch = Launch(kernel)
    if not torch.equal(launch(x)[0], x.cumsum(-1)):
        raise InternalError("the kernel's answer is wrong", code="kernel-failed")
    note = f"; {cache.note}" if cache.note else ""
    return f"{'from the cache' if built.cache_hit else 'built'} in {built.seconds:.2f} s{note}"


if __name__ == "__main__":
    sys.exit(main())
