# Inductor gets a composite of the GPU as it was captured; one of the FPGA stays whole.
def both(gate: f32[4, 8], up: f32[4, 8]):
    here: f32[4, 8] = torch_fpga.swiglu.default(gate, up)  # region=gpu0 stage=0
    there: f32[4, 8] = torch_fpga.swiglu.default(here, up)  # region=fpga0 stage=1
    return (there,)

def after(gate: f32[4, 8], up: f32[4, 8]):
    silu: f32[4, 8] = aten.silu.default(gate)  # region=gpu0 stage=0
    mul: f32[4, 8] = aten.mul.Tensor(silu, up)  # region=gpu0 stage=0
    there: f32[4, 8] = torch_fpga.swiglu.default(mul, up)  # region=fpga0 stage=1
    return (there,)
