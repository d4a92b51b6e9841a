# The size that is left to be counted, and an axis that is counted from behind.
def counted(x: f32[4, 6]):
    rows: f32[3, 8] = aten.view.default(x, [3, -1])
    column: f32[3, 8, 1] = aten.unsqueeze.default(rows, -1)
    both: f32[3, 16, 1] = aten.cat.default([column, column], -2)
    return (both,)

def after(x: f32[4, 6]):
    rows: f32[3, 8] = aten.view.default(x, [3, 8])
    column: f32[3, 8, 1] = aten.unsqueeze.default(rows, 2)
    both: f32[3, 16, 1] = aten.cat.default([column, column], 1)
    return (both,)

# A size that is not known.
def symbolic(x: f32[s0, 6]):
    rows: f32[6, s0] = aten.view.default(x, [6, -1])
    return (rows,)

unchanged
