# A filled tensor is the number it holds, rounded as its type rounds.
def numbers(c: b8[4], x: f32[4], h: f16[4]):
    zero: f32 = aten.full.default([], 0, dtype=torch.float32)
    many: f32[4] = aten.full.default([4], -1.5, dtype=torch.float32)
    tenth: f16 = aten.full.default([], 0.1, dtype=torch.float16)
    other: f32[4] = aten.where.self(c, x, zero)
    self: f32[4] = aten.where.self(c, many, x)
    rounded: f16[4] = aten.where.self(c, h, tenth)
    both: f32[4] = aten.where.self(c, zero, many)
    return (other, self, rounded, both)

def after(c: b8[4], x: f32[4], h: f16[4]):
    other: f32[4] = aten.where.ScalarOther(c, x, 0.0)
    self: f32[4] = aten.where.ScalarSelf(c, -1.5, x)
    rounded: f16[4] = aten.where.ScalarOther(c, h, 0.0999755859375)
    both: f32[4] = aten.where.Scalar(c, 0.0, -1.5)
    return (other, self, rounded, both)

# Filled tensors that the number would lose something of: the double's type, the second dimension.
def a_tensor_of_its_own_kind(c: b8[4], x: f32[4]):
    double: f64[4] = aten.full.default([4], 0, dtype=torch.float64)
    wide: f32[2, 4] = aten.full.default([2, 4], 0, dtype=torch.float32)
    typed: f64[4] = aten.where.self(c, x, double)
    spread: f32[2, 4] = aten.where.self(c, x, wide)
    return (typed, spread)

unchanged

# A number that is data, and one that its type cannot hold, which is an error when the graph runs (no CPU runs it).
def no_number(c: b8[4], x: f32[4], n: f32, u: u8[4]):
    item: Sym[zuf0] = aten._local_scalar_dense.default(n)
    fill: f32 = aten.full.default([], item, dtype=torch.float32)
    large: u8 = aten.full.default([], 300, dtype=torch.uint8)
    data: f32[4] = aten.where.self(c, x, fill)
    held: u8[4] = aten.where.self(c, large, u)
    return (data, held)

unchanged
