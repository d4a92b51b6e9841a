# What an input is updated with, made of itself alone, stays with the write.
def counted(length: f32[4], x: f32[4]):
    more: f32[4] = aten.add.Tensor(length, 1)
    write: f32[4] = aten.copy_.default(length, more)
    other: f32[4] = aten.exp.default(x)
    return (other,)

def after(length: f32[4], x: f32[4]):
    more: f32[4] = aten.add.Tensor(length, 1)  # updates=length
    write: f32[4] = aten.copy_.default(length, more)
    other: f32[4] = aten.exp.default(x)
    return (other,)

# So do rows that are put into an input; what makes the rows does not.
def put(cache: f32[4, 8], x: f32[8]):
    row: f32[8] = aten.exp.default(x)
    rows: f32[4, 8] = aten.select_scatter.default(cache, row, 0, 1)
    write: f32[4, 8] = aten.copy_.default(cache, rows)
    return (row,)

def after(cache: f32[4, 8], x: f32[8]):
    row: f32[8] = aten.exp.default(x)
    rows: f32[4, 8] = aten.select_scatter.default(cache, row, 0, 1)  # updates=cache
    write: f32[4, 8] = aten.copy_.default(cache, rows)
    return (row,)

# Read by somebody else, it is a result like others.
def read(length: f32[4]):
    more: f32[4] = aten.add.Tensor(length, 1)
    write: f32[4] = aten.copy_.default(length, more)
    sines: f32[4] = aten.sin.default(more)
    return (sines,)

unchanged
