"""Why a node runs where it runs: stable codes for programs, words for people."""

from __future__ import annotations

import dataclasses

WORDS: dict[str, str] = {
    # chosen for the FPGA
    "memory-bound": "moves many bytes for each operation; below the roofline ridge of the FPGA",
    "policy-fpga": "placement='fpga' sends everything supported to the FPGA",
    "lower-latency": "modelled time is lower on the FPGA, link included",
    "lower-energy": "modelled energy is lower on the FPGA, link included",
    "with-neighbours": "not worth a trip alone, but cheaper here than moving its inputs and outputs over the link",
    "view": "changes no data; goes where its consumers are",
    # kept on the GPU: cost
    "compute-bound": "does many operations for each byte; above the roofline ridge of the FPGA",
    "link-cost": "moving its inputs and outputs over the link costs more than the region is worth",
    "no-gain": "what it is worth does not pay for the launch of a kernel",
    "below-min-gain": "the region it belonged to gained less than min_partition_gain",
    "slower-and-hungrier": "memory-bound, but by the model a call would be both slower and take more energy with "
    "it on the FPGA",
    "policy-gpu": "placement='gpu' keeps everything on the GPU",
    "slower-on-fpga": "the placement policy's cost is higher on the FPGA",
    # kept on the GPU: capability
    "unsupported-op": "no row in the op table",
    "unsupported-dtype": "the element type is not supported for this op",
    "unsupported-form": "the op is supported, but not with these arguments",
    "unsupported-layout": "only dense (strided) tensors can cross to the FPGA",
    "dynamic-shape": "a size varies from call to call in a way that no kernel takes as an argument",
    "zero-size": "a tensor without elements; nothing to offload",
    "too-large": "a row does not fit the on-chip buffer of its template",
    "card-memory": "the card's memory has no room for the tensors that it reads and writes",
    "returned-view": "is returned, and shares memory with what it views",
    "mutation": "writes into an input or a buffer in place",
    "training": "gradients are on and a result needs one, so PyTorch runs the whole graph as for training; "
    "for inference call it inside `with torch.no_grad():`",
    "inputs-overlap": "two inputs have memory in common and one is written, of which PyTorch's capture may lose the "
    "meaning; the whole graph runs in eager PyTorch",
    "refused-in-eager": "eager PyTorch refuses a call of it, and so does every call of this graph",
    # fallbacks
    "inductor-failed": "Inductor could not compile the region; it runs in eager PyTorch",
    "kernel-failed": "the kernel could not be built; the region runs in eager PyTorch",
    "size-changed": "an earlier compilation of the same function had it on the FPGA; this one has sizes that vary, "
    "which no kernel takes as arguments",
    "out-of-memory": "the device has no memory for the region's tensors; the region runs in eager PyTorch",
    "beyond-bound": "a size of a call is larger than the kernel was made for; the call ran in eager PyTorch",
    "load-failed": "the device could not load the kernels; the region runs in eager PyTorch",
}


@dataclasses.dataclass(frozen=True)
class Reason:
    """A code of ``WORDS`` with the detail of one case."""

    code: str
    detail: str = ""

    def __post_init__(self) -> None:
        if self.code not in WORDS:
            raise KeyError(self.code)

    @property
    def words(self) -> str:
        return WORDS[self.code] + (f": {self.detail}" if self.detail else "")
