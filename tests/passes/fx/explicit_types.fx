# What PyTorch converts in silence is converted by an op; a number beside 16 bits is rounded to 16 bits.
def promotion(h: f16[4], x: f32[4], i: i64[4], c: b8[4]):
    other: f16[4] = aten.where.ScalarOther(c, h, 0.1)
    masked: f16[4] = aten.masked_fill.Scalar(h, c, 0.1)
    clamped: f32[4] = aten.clamp.Tensor(h, max=x)
    mixed: f32[4] = aten.mul.Tensor(h, x)
    tenth: f16[4] = aten.add.Tensor(h, 0.1)
    real: f32[4] = aten.add.Tensor(i, 0.5)
    chosen: f32[4] = aten.where.self(c, h, x)
    joined: f32[8] = aten.cat.default([h, x])
    total: f32 = aten.sum.default(h, dtype=torch.float32)
    floor: f32[4] = aten.div.Tensor_mode(x, 2, rounding_mode='floor')
    return (mixed, tenth, real, chosen, joined, total, floor, other, masked, clamped)

def after(h: f16[4], x: f32[4], i: i64[4], c: b8[4]):
    other: f16[4] = aten.where.ScalarOther(c, h, 0.0999755859375)
    masked: f16[4] = aten.masked_fill.Scalar(h, c, 0.0999755859375)
    _to_copy_default: f32[4] = aten._to_copy.default(h, dtype=torch.float32)
    clamped: f32[4] = aten.clamp.Tensor(_to_copy_default, max=x)
    _to_copy_default_1: f32[4] = aten._to_copy.default(h, dtype=torch.float32)
    mixed: f32[4] = aten.mul.Tensor(_to_copy_default_1, x)
    tenth: f16[4] = aten.add.Scalar(h, 0.0999755859375)
    _to_copy_default_2: f32[4] = aten._to_copy.default(i, dtype=torch.float32)
    real: f32[4] = aten.add.Scalar(_to_copy_default_2, 0.5)
    _to_copy_default_3: f32[4] = aten._to_copy.default(h, dtype=torch.float32)
    chosen: f32[4] = aten.where.self(c, _to_copy_default_3, x)
    _to_copy_default_4: f32[4] = aten._to_copy.default(h, dtype=torch.float32)
    joined: f32[8] = aten.cat.default([_to_copy_default_4, x])
    _to_copy_default_5: f32[4] = aten._to_copy.default(h, dtype=torch.float32)
    total: f32 = aten.sum.default(_to_copy_default_5)
    floor: f32[4] = aten.div.Scalar_mode(x, 2, rounding_mode='floor')
    return (mixed, tenth, real, chosen, joined, total, floor, other, masked, clamped)

# The stage multiplies by a number as it is, also by one on the device; it adds one as wide as the tensor.
def numbers(h: f16[4], n: f32):
    literal: f16[4] = aten.mul.Tensor(h, 0.1)
    scaled: f16[4] = aten.mul.Tensor(literal, n)
    moved: f16[4] = aten.add.Tensor(scaled, n)
    ratio: f16[4] = aten.div.Tensor(moved, n)
    return (ratio,)

def after(h: f16[4], n: f32):
    literal: f16[4] = aten.mul.Scalar(h, 0.1)
    scaled: f16[4] = aten.mul.Tensor(literal, n)
    _to_copy_default: f16 = aten._to_copy.default(n, dtype=torch.float16)
    moved: f16[4] = aten.add.Tensor(scaled, _to_copy_default)
    ratio: f16[4] = aten.div.Tensor(moved, n)
    return (ratio,)

# A layer norm with a weight of another type is computed in float32 and rounded once.
def a_wide_weight(h: f16[4, 8], w: f32[8], b: f32[8]):
    normed: f16[4, 8] = aten.layer_norm.default(h, [8], w, b)
    return (normed,)

def after(h: f16[4, 8], w: f32[8], b: f32[8]):
    _to_copy_default: f32[4, 8] = aten._to_copy.default(h, dtype=torch.float32)
    normed: f32[4, 8] = aten.layer_norm.default(_to_copy_default, [8], w, b)
    _to_copy_default_1: f16[4, 8] = aten._to_copy.default(normed, dtype=torch.float16)
    return (_to_copy_default_1,)

# One type all through.
def one_type(x: f32[4], y: f32[4], c: b8[4]):
    sums: f32[4] = aten.add.Tensor(x, y)
    tenth: f32[4] = aten.add.Scalar(sums, 0.1)
    chosen: f32[4] = aten.where.self(c, tenth, x)
    count: i64 = aten.sum.default(c)
    normed: f32[4] = aten.layer_norm.default(chosen, [4], x, y)
    return (normed, count)

unchanged
