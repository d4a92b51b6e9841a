# A view returned beside its base is taken of the base again; who else reads the view keeps the first.
def beside(x: f32[4, 6]):
    exp: f32[4, 6] = aten.exp.default(x)
    t: f32[6, 4][1, 6] = aten.t.default(exp)
    part: f32[5, 4][1, 6] = aten.slice.Tensor(t, 0, 1)
    sums: f32[6] = aten.sum.dim_IntList(t, [1])
    return (exp, part, sums)

def after(x: f32[4, 6]):
    exp: f32[4, 6] = aten.exp.default(x)
    t: f32[6, 4][1, 6] = aten.t.default(exp)
    sums: f32[6] = aten.sum.dim_IntList(t, [1])
    t_1: f32[6, 4][1, 6] = aten.t.default(exp)  # returned_view=exp
    part_1: f32[5, 4][1, 6] = aten.slice.Tensor(t_1, 0, 1)  # returned_view=exp
    return (exp, part_1, sums)

# The view of an input that is returned is the caller's memory.
def of_an_input(x: f32[4, 6]):
    t: f32[6, 4][1, 6] = aten.t.default(x)
    return (t,)

def after(x: f32[4, 6]):
    t_1: f32[6, 4][1, 6] = aten.t.default(x)  # returned_view=x
    return (t_1,)

# A lone view of what is not returned, and parts that are no views.
def alone(x: f32[4, 6]):
    exp: f32[4, 6] = aten.exp.default(x)
    t: f32[6, 4][1, 6] = aten.t.default(exp)
    best: (f32[4, 2], i64[4, 2],) = aten.topk.default(x, 2)
    values: f32[4, 2] = getitem(best, 0)
    places: i64[4, 2] = getitem(best, 1)
    return (t, values, places)

unchanged

# Two views of what is not returned share its memory.
def two_views(x: f32[4, 6]):
    exp: f32[4, 6] = aten.exp.default(x)
    first: f32[6] = aten.select.int(exp, 0, 0)
    part: f32[2, 6] = aten.slice.Tensor(exp, 0, 0, 2)
    return (first, part)

def after(x: f32[4, 6]):
    exp: f32[4, 6] = aten.exp.default(x)
    first_1: f32[6] = aten.select.int(exp, 0, 0)  # returned_view=exp
    part_1: f32[2, 6] = aten.slice.Tensor(exp, 0, 0, 2)  # returned_view=exp
    return (first_1, part_1)

# Views that the op table does not know: the same bits as another type, a part of a split.
def other_views(x: f32[4, 6]):
    exp: f32[4, 6] = aten.exp.default(x)
    t: f32[6, 4][1, 6] = aten.t.default(exp)
    bits: i32[6, 4][1, 6] = aten.view.dtype(t, torch.int32)
    parts: (f32[2, 6], f32[2, 6],) = aten.split.Tensor(exp, 2)
    part: f32[2, 6] = getitem(parts, 1)
    return (exp, bits, part)

def after(x: f32[4, 6]):
    exp: f32[4, 6] = aten.exp.default(x)
    t_1: f32[6, 4][1, 6] = aten.t.default(exp)  # returned_view=exp
    bits_1: i32[6, 4][1, 6] = aten.view.dtype(t_1, torch.int32)  # returned_view=exp
    parts_1: (f32[2, 6], f32[2, 6],) = aten.split.Tensor(exp, 2)  # returned_view=exp
    part_1: f32[2, 6] = getitem(parts_1, 1)  # returned_view=exp
    return (exp, bits_1, part_1)
