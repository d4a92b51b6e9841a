# A gated unit that is written out is one op.
def gated(gate: f32[4, 8], up: f32[4, 8]):
    silu: f32[4, 8] = aten.silu.default(gate)
    product: f32[4, 8] = aten.mul.Tensor(silu, up)
    return (product,)

def after(gate: f32[4, 8], up: f32[4, 8]):
    swiglu_default: f32[4, 8] = torch_fpga.swiglu.default(gate, up)  # flops=288
    return (swiglu_default,)

# Another function than SiLU is no such unit.
def another_function(gate: f32[4, 8], up: f32[4, 8]):
    tanh: f32[4, 8] = aten.tanh.default(gate)
    product: f32[4, 8] = aten.mul.Tensor(tanh, up)
    return (product,)

unchanged

# Rows that are put into a cache are one op.
def rows(cache: f32[2, 8, 4], index: i64[1], rows: f32[2, 1, 4]):
    put: f32[2, 8, 4] = aten.index_put.default(cache, [None, index], rows)
    return (put,)

def after(cache: f32[2, 8, 4], index: i64[1], rows: f32[2, 1, 4]):
    put_rows_default: f32[2, 8, 4] = torch_fpga.put_rows.default(cache, index, rows)  # flops=84
    return (put_rows_default,)

# Rows that are added to those of a cache are not.
def rows_added(cache: f32[2, 8, 4], index: i64[1], rows: f32[2, 1, 4]):
    put: f32[2, 8, 4] = aten.index_put.default(cache, [None, index], rows, True)
    return (put,)

unchanged
