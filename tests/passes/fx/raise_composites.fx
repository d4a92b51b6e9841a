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
