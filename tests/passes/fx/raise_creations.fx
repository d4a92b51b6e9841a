# Every way to fill a tensor is a full, every arange has a start and a step. A full is one already.
def fills(x: f32[4], i: i64[2]):
    zeros: f16[2] = aten.zeros.default([2], dtype=torch.float16)
    ones: f32[2] = aten.ones.default([2])
    zeros_like: f32[4] = aten.zeros_like.default(x)
    ones_like: f64[4] = aten.ones_like.default(x, dtype=torch.float64)
    full_like: f32[4] = aten.full_like.default(x, 3)
    new_zeros: i64[4] = aten.new_zeros.default(i, [4])
    new_ones: i64[4] = aten.new_ones.default(i, [4])
    new_full: f32[3] = aten.new_full.default(x, [3], 0.5)
    number: f32 = aten.scalar_tensor.default(2.5, dtype=torch.float32)
    to: i64[4] = aten.arange.default(4)
    start: i64[3] = aten.arange.start(1, 4)
    full: f32[2] = aten.full.default([2], 3.0)
    return (zeros, ones, zeros_like, ones_like, full_like, new_zeros, new_ones, new_full, number, to, start, full)

def after(x: f32[4], i: i64[2]):
    zeros: f16[2] = aten.full.default([2], 0, dtype=torch.float16, device=device(type='cpu'), pin_memory=False)
    ones: f32[2] = aten.full.default([2], 1, dtype=torch.float32, device=device(type='cpu'), pin_memory=False)
    zeros_like: f32[4] = aten.full.default([4], 0, dtype=torch.float32, device=device(type='cpu'), pin_memory=False)
    ones_like: f64[4] = aten.full.default([4], 1, dtype=torch.float64, device=device(type='cpu'), pin_memory=False)
    full_like: f32[4] = aten.full.default([4], 3, dtype=torch.float32, device=device(type='cpu'), pin_memory=False)
    new_zeros: i64[4] = aten.full.default([4], 0, dtype=torch.int64, device=device(type='cpu'), pin_memory=False)
    new_ones: i64[4] = aten.full.default([4], 1, dtype=torch.int64, device=device(type='cpu'), pin_memory=False)
    new_full: f32[3] = aten.full.default([3], 0.5, dtype=torch.float32, device=device(type='cpu'), pin_memory=False)
    number: f32 = aten.full.default([], 2.5, dtype=torch.float32, device=device(type='cpu'), pin_memory=False)
    to: i64[4] = aten.arange.start_step(0, 4, 1, dtype=torch.int64, device=device(type='cpu'), pin_memory=False)
    start: i64[3] = aten.arange.start_step(1, 4, 1, dtype=torch.int64, device=device(type='cpu'), pin_memory=False)
    full: f32[2] = aten.full.default([2], 3.0)
    return (zeros, ones, zeros_like, ones_like, full_like, new_zeros, new_ones, new_full, number, to, start, full)

# Sizes that are not fixed, rows that do not follow each other, a number that is data.
def own_wishes(x: f32[s0], y: f32[4, 2][1, 4], n: f32):
    symbolic: f32[s0] = aten.zeros_like.default(x)
    strided: f32[4, 2][1, 4] = aten.ones_like.default(y)
    item: Sym[zuf0] = aten._local_scalar_dense.default(n)
    data: f32[3] = aten.new_full.default(n, [3], item)
    return (symbolic, strided, data)

unchanged

# Memory that a GPU can read (no CPU runs it).
def pinned():
    pinned: f32[2] = aten.zeros.default([2], pin_memory=True)
    return (pinned,)

unchanged
