# Each region is a graph, called in the order of its stage; the second takes a parameter.
def three(
    x: f32[4, 4],
    w: f32[4, 4],  # resident
):
    early: f32[4, 4] = aten.relu.default(x)  # region=gpu0 stage=0
    softmax: f32[4, 4] = aten.softmax.int(early, -1)  # region=fpga0 stage=1
    scaled: f32[4, 4] = aten.mul.Tensor(softmax, w)  # region=fpga0 stage=1
    late: f32[4, 4] = aten.mm.default(scaled, early)  # region=gpu1 stage=2
    return (late, softmax)

def after(
    x: f32[4, 4],
    w: f32[4, 4],  # resident
):
    submod_gpu0 = submod_gpu0(x)
    submod_fpga0 = submod_fpga0(submod_gpu0, w)
    getitem = getitem(submod_fpga0, 0)
    getitem_1 = getitem(submod_fpga0, 1)
    submod_gpu1 = submod_gpu1(getitem, submod_gpu0)
    return (submod_gpu1, getitem_1)
# device=gpu resident=[]
def gpu0(
    x: f32[4, 4],  # name=x
):
    relu_default: f32[4, 4] = aten.relu.default(x)  # region=gpu0 stage=0
    return relu_default
# device=fpga resident=[1]
def fpga0(
    early: f32[4, 4],  # region=gpu0 stage=0 name=early
    w: f32[4, 4],  # resident name=w
):
    softmax_int: f32[4, 4] = aten.softmax.int(early, -1)  # region=fpga0 stage=1
    mul_tensor: f32[4, 4] = aten.mul.Tensor(softmax_int, w)  # region=fpga0 stage=1
    return (mul_tensor, softmax_int)
# device=gpu resident=[]
def gpu1(
    scaled: f32[4, 4],  # region=fpga0 stage=1 name=scaled
    early: f32[4, 4],  # region=gpu0 stage=0 name=early
):
    mm_default: f32[4, 4] = aten.mm.default(scaled, early)  # region=gpu1 stage=2
    return mm_default

# A write waits for the kernel that reads what it overwrites, though it takes nothing from it.
def a_write_waits(c: f32[4, 4], x: f32[4, 4]):
    softmax: f32[4, 4] = aten.softmax.int(c, -1)  # region=fpga0 stage=1
    early: f32[4, 4] = aten.relu.default(x)  # region=gpu0 stage=2
    write: f32[4, 4] = aten.copy_.default(c, early)  # region=gpu0 stage=2
    late: f32[4, 4] = aten.exp.default(early)  # region=gpu0 stage=2
    return (softmax, late)

def after(c: f32[4, 4], x: f32[4, 4]):
    submod_fpga0 = submod_fpga0(c)
    submod_gpu0 = submod_gpu0(x, c)
    return (submod_fpga0, submod_gpu0)
# device=fpga resident=[]
def fpga0(
    c: f32[4, 4],  # name=c
):
    softmax_int: f32[4, 4] = aten.softmax.int(c, -1)  # region=fpga0 stage=1
    return softmax_int
# device=gpu resident=[]
def gpu0(
    x: f32[4, 4],  # name=x
    c: f32[4, 4],  # name=c
):
    relu_default: f32[4, 4] = aten.relu.default(x)  # region=gpu0 stage=2
    copy__default: f32[4, 4] = aten.copy_.default(c, relu_default)  # region=gpu0 stage=2
    exp_default: f32[4, 4] = aten.exp.default(relu_default)  # region=gpu0 stage=2
    return exp_default
