"""The element types of tensors that the FPGA reads and makes, and what each tool calls them: THE table of them.

Imports nothing, neither torch nor MLIR, so that everybody can ask it; ``torch_fpga.dtypes`` derives PyTorch's dtypes.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class ElementType:
    """An element type.

    Attributes:
        name: what PyTorch and NumPy call it.
        mlir: what MLIR calls it.
        torch_mlir: what torch-mlir calls it in the type of a tensor.
        cpp: what hls_lib calls it.
        bytes: of an element in memory.
        epsilon: the distance from 1 to the next number; 0 for integers and bool.
        widens_to: MLIR's names of the types it is converted to without rounding by a stage that reads it.
    """

    name: str
    mlir: str
    torch_mlir: str
    cpp: str
    bytes: int
    epsilon: float = 0.0
    widens_to: tuple[str, ...] = ()

    @property
    def floating(self) -> bool:
        return self.epsilon > 0

    @property
    def half(self) -> bool:
        """A 16-bit float: computed in float32 and rounded once, at the end of an op."""
        return self.floating and self.bytes == 2


ELEMENT_TYPES = (
    ElementType("float32", "f32", "f32", "float", 4, 2.0**-23),
    ElementType("float16", "f16", "f16", "half_t", 2, 2.0**-10, widens_to=("f32",)),
    ElementType("bfloat16", "bf16", "bf16", "bfloat16_t", 2, 2.0**-7, widens_to=("f32",)),
    ElementType("uint8", "ui8", "ui8", "uint8_t", 1, widens_to=("f32", "i32")),
    ElementType("int8", "i8", "si8", "int8_t", 1, widens_to=("f32", "i32")),
    ElementType("int32", "i32", "si32", "int32_t", 4),
    ElementType("int64", "i64", "si64", "int64_t", 8),
    ElementType("bool", "i1", "i1", "bool", 1),
)

BY_NAME = {each.name: each for each in ELEMENT_TYPES}
BY_MLIR = {each.mlir: each for each in ELEMENT_TYPES}
BY_TORCH_MLIR = {each.torch_mlir: each for each in ELEMENT_TYPES}
