# What nobody reads goes; inputs, read or not, and writes stay.
def unread(x: f32[4, 4], kept: f32[4], alone: f32[4]):
    softmax: f32[4, 4] = aten.softmax.int(x, -1)
    relu: f32[4, 4] = aten.relu.default(softmax)
    exp: f32[4, 4] = aten.exp.default(x)
    sums: f32[4] = aten.sum.dim_IntList(x, [0])
    write: f32[4] = aten.copy_.default(kept, sums)
    return (exp,)

def after(x: f32[4, 4], kept: f32[4], alone: f32[4]):
    exp: f32[4, 4] = aten.exp.default(x)
    sums: f32[4] = aten.sum.dim_IntList(x, [0])
    write: f32[4] = aten.copy_.default(kept, sums)
    return (exp,)
