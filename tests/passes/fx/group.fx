# A chain of maps and one reduction are a kernel, a product is one of its own, and its view goes with it.
def kernels(x: f32[32, 32], w: f32[32, 32]):
    added: f32[32, 32] = aten.add.Tensor(x, w)
    softmax: f32[32, 32] = aten.softmax.int(added, -1)
    product: f32[32, 32] = aten.mm.default(softmax, w)
    t: f32[32, 32][1, 32] = aten.t.default(product)
    cumsum: f32[32, 32] = aten.cumsum.default(t, -1)
    return (cumsum,)

def after(x: f32[32, 32], w: f32[32, 32]):
    added: f32[32, 32] = aten.add.Tensor(x, w)  # group=0
    softmax: f32[32, 32] = aten.softmax.int(added, -1)  # group=0
    product: f32[32, 32] = aten.mm.default(softmax, w)  # group=1
    t: f32[32, 32][1, 32] = aten.t.default(product)  # group=1
    cumsum: f32[32, 32] = aten.cumsum.default(t, -1)  # group=2
    return (cumsum,)
