# The same mask, built by two layers, is built once.
def one_mask(x: f32[4, 4], y: f32[4, 4]):
    mask: b8[4, 4] = aten.gt.Scalar(x, 0)
    first: f32[4, 4] = aten.where.self(mask, x, y)
    again: b8[4, 4] = aten.gt.Scalar(x, 0)
    second: f32[4, 4] = aten.where.self(again, y, x)
    return (first, second)

def after(x: f32[4, 4], y: f32[4, 4]):
    mask: b8[4, 4] = aten.gt.Scalar(x, 0)
    first: f32[4, 4] = aten.where.self(mask, x, y)
    second: f32[4, 4] = aten.where.self(mask, y, x)
    return (first, second)

# What is returned stays apart, also below a view: two results must not become one tensor.
def results(x: f32[4, 4]):
    a: f32[4, 4] = aten.relu.default(x)
    b: f32[4, 4] = aten.relu.default(x)
    t: f32[4, 4][1, 4] = aten.t.default(a)
    flat: f32[16] = aten.view.default(b, [16])
    return (t, flat)

unchanged

# A 1 and a 1.0 are two numbers; two draws give two numbers, and two writes are two.
def nearly_equal(i: i64[4], c: f32[4], x: f32[4]):
    drawn: f32[4] = aten.rand_like.default(x)
    again: f32[4] = aten.rand_like.default(x)
    noise: f32[4] = aten.sub.Tensor(drawn, again)
    whole: i64[4] = aten.add.Tensor(i, 1)
    real: f32[4] = aten.add.Tensor(i, 1.0)
    sums: f32[4] = aten.add.Tensor(whole, real)
    one: f32[4] = aten.copy_.default(c, x)
    two: f32[4] = aten.copy_.default(c, x)
    both: f32[4] = aten.add.Tensor(one, two)
    return (sums, both, noise)

unchanged
