# The parts of the variance have rows. PyTorch takes addmm apart too, but dense work stays whole.
def variance(x: f32[4, 8], b: f32[4], y: f32[1, 8], w: f32[8, 4]):
    var: f32[4] = aten.var.correction(x, [1], correction=1)
    dense: f32[1, 4] = aten.addmm.default(b, y, w)
    return (var, dense)

def after(x: f32[4, 8], b: f32[4], y: f32[1, 8], w: f32[8, 4]):
    mean: f32[4, 1] = aten.mean.dim(x, [1], True)
    sub: f32[4, 8] = aten.sub.Tensor(x, mean)
    pow_1: f32[4, 8] = aten.pow.Tensor_Scalar(sub, 2)
    sum_1: f32[4] = aten.sum.dim_IntList(pow_1, [1])
    div: f32[4] = aten.div.Tensor(sum_1, 7.0)
    dense: f32[1, 4] = aten.addmm.default(b, y, w)
    return (div, dense)

# Pieces are views of the whole, and stay views.
def pieces(x: f32[6, 4]):
    parts: (f32[4, 4], f32[2, 4],) = aten.split.Tensor(x, 4)
    first: f32[4, 4] = getitem(parts, 0)
    second: f32[2, 4] = getitem(parts, 1)
    sums: f32[4] = aten.sum.dim_IntList(second, [0])
    wide: f32[4, 4] = aten.add.Tensor(first, sums)
    return (wide,)

def after(x: f32[6, 4]):
    slice_1: f32[4, 4] = aten.slice.Tensor(x, 0, 0, 4)
    slice_2: f32[2, 4] = aten.slice.Tensor(x, 0, 4, 6)
    sums: f32[4] = aten.sum.dim_IntList(slice_2, [0])
    wide: f32[4, 4] = aten.add.Tensor(slice_1, sums)
    return (wide,)

# PyTorch makes a hypot of a hypot of its own, which has no row: it stays whole for the GPU's compiler.
def a_part_without_a_row(x: f32[4, 8], y: f32[4, 8]):
    hypot: f32[4, 8] = aten.hypot.default(x, y)
    return (hypot,)

unchanged

# A part at the end is joined, one at the front is cut off; what counts is what is not 0; the last comes first.
def shapes(x: f32[4, 8]):
    pad: f32[4, 9] = aten.constant_pad_nd.default(x, [-1, 2], 0.5)
    count: i64[4] = aten.count_nonzero.dim_IntList(x, [1])
    flip: f32[4, 8] = aten.flip.default(x, [0])
    return (pad, count, flip)

def after(x: f32[4, 8]):
    slice_1: f32[4, 7][8, 1] = aten.slice.Tensor(x, 1, 1, 8)
    full: f32[4, 2] = aten.full.default([4, 2], 0.5, dtype=torch.float32, layout=torch.strided, device=device(type='cpu'), pin_memory=False)
    cat: f32[4, 9] = aten.cat.default([slice_1, full], 1)
    ne: b8[4, 8] = aten.ne.Scalar(x, 0)
    sum_1: i64[4] = aten.sum.dim_IntList(ne, [1])
    arange: i64[4] = aten.arange.start_step(3, -1, -1, device=device(type='cpu'), pin_memory=False)
    index_select: f32[4, 8] = aten.index_select.default(x, 0, arange)
    return (cat, sum_1, index_select)

# A row of the table, and numbers that are drawn.
def left_alone(x: f32[4, 8]):
    gelu: f32[4, 8] = aten.gelu.default(x)
    drawn: f32[4, 8] = aten.bernoulli.p(x, 0.5)
    return (gelu, drawn)

unchanged

# A slice that is put into a whole stands between what lies before and behind it; a row alike.
def slices(x: f32[4, 8], k: f32[4, 2], row: f32[8]):
    put: f32[4, 8] = aten.slice_scatter.default(x, k, 1, -2, 9223372036854775807)
    whole: f32[4, 8] = aten.select_scatter.default(put, row, 0, -3)
    return (whole,)

def after(x: f32[4, 8], k: f32[4, 2], row: f32[8]):
    slice_1: f32[4, 6][8, 1] = aten.slice.Tensor(x, 1, 0, 6)
    cat: f32[4, 8] = aten.cat.default([slice_1, k], 1)
    unsqueeze: f32[1, 8] = aten.unsqueeze.default(row, 0)
    slice_2: f32[1, 8] = aten.slice.Tensor(cat, 0, 0, 1)
    slice_3: f32[2, 8] = aten.slice.Tensor(cat, 0, 2, 4)
    cat_1: f32[4, 8] = aten.cat.default([slice_2, unsqueeze, slice_3])
    return (cat_1,)

# Every second column: PyTorch's mask of places.
def every_second(x: f32[4, 8], k: f32[4, 4]):
    put: f32[4, 8] = aten.slice_scatter.default(x, k, 1, 0, 8, 2)
    return (put,)

def after(x: f32[4, 8], k: f32[4, 4]):
    expand: f32[4, 4] = aten.expand.default(k, [4, 4])
    arange: i64[8] = aten.arange.start_step(0, 8, layout=torch.strided, device=device(type='cpu'), pin_memory=False)
    sub: i64[8] = aten.sub.Tensor(arange, 0)
    floor_divide: i64[8] = aten.floor_divide.default(sub, 2)
    full: b8[8] = aten.full.default([8], True, dtype=torch.bool, layout=torch.strided, device=device(type='cpu'), pin_memory=False)
    sub_1: i64[8] = aten.sub.Tensor(arange, 0)
    remainder: i64[8] = aten.remainder.Scalar(sub_1, 2)
    eq: b8[8] = aten.eq.Scalar(remainder, 0)
    logical_and: b8[8] = aten.logical_and.default(full, eq)
    view: b8[1, 8] = aten.view.default(logical_and, [1, -1])
    clamp: i64[8] = aten.clamp.default(floor_divide, 0, 3)
    index: f32[4, 8] = aten.index.Tensor(expand, [None, clamp])
    bitwise_not: b8[1, 8] = aten.bitwise_not.default(view)
    masked_fill: f32[4, 8] = aten.masked_fill.Scalar(index, bitwise_not, 0)
    where: f32[4, 8] = aten.where.self(view, masked_fill, x)
    return (where,)
