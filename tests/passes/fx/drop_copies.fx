# The update copies its value anyway; one that is broadcast is a view of it.
def read_by_updates(x: f32[4, 8], k: f32[4, 2], q: f32[1]):
    part: f32[4, 2][8, 1] = aten.slice.Tensor(x, 1, 0, 2)
    copy: f32[4, 2][8, 1] = aten.copy.default(part, k)
    first: f32[4, 8] = aten.slice_scatter.default(x, copy, 1, 0, 2)
    row: f32[8] = aten.select.int(first, 0, 1)
    copy_1: f32[8] = aten.copy.default(row, q)
    second: f32[4, 8] = aten.select_scatter.default(first, copy_1, 0, 1)
    return (second,)

def after(x: f32[4, 8], k: f32[4, 2], q: f32[1]):
    part: f32[4, 2][8, 1] = aten.slice.Tensor(x, 1, 0, 2)
    first: f32[4, 8] = aten.slice_scatter.default(x, k, 1, 0, 2)
    row: f32[8] = aten.select.int(first, 0, 1)
    expand_default: f32[8][0] = aten.expand.default(q, [8])
    second: f32[4, 8] = aten.select_scatter.default(first, expand_default, 0, 1)
    return (second,)

# A number fills what is put.
def filled(x: f32[4, 8]):
    part: f32[4, 2][8, 1] = aten.slice.Tensor(x, 1, 0, 2)
    fill: f32[4, 2] = aten.fill.Scalar(part, 0.5)
    put: f32[4, 8] = aten.slice_scatter.default(x, fill, 1, 0, 2)
    return (put,)

def after(x: f32[4, 8]):
    part: f32[4, 2][8, 1] = aten.slice.Tensor(x, 1, 0, 2)
    full_default: f32[4, 2] = aten.full.default([4, 2], 0.5, dtype=torch.float32, device=device(type='cpu'), pin_memory=False)
    put: f32[4, 8] = aten.slice_scatter.default(x, full_default, 1, 0, 2)
    return (put,)

# Another type, and a result of its own.
def kept(x: f32[4, 8], k: f16[4, 2], m: f32[4, 8]):
    part: f32[4, 2][8, 1] = aten.slice.Tensor(x, 1, 0, 2)
    copy: f32[4, 2][8, 1] = aten.copy.default(part, k)
    first: f32[4, 8] = aten.slice_scatter.default(x, copy, 1, 0, 2)
    copy_1: f32[4, 8] = aten.copy.default(x, m)
    return (first, copy_1)

unchanged
