# Every dense region takes the view of a written input itself; a kernel is handed it, since it writes into nothing.
def of_a_written_input(c: f32[4, 4]):
    t: f32[4, 4][1, 4] = aten.t.default(c)  # region=gpu0 stage=0
    first: f32[4, 4][1, 4] = aten.relu.default(t)  # region=gpu0 stage=0
    kernel: f32[4, 4] = aten.softmax.int(t, -1)  # region=fpga0 stage=1
    second: f32[4, 4][1, 4] = aten.add.Tensor(t, kernel)  # region=gpu1 stage=2
    write: f32[4, 4] = aten.copy_.default(c, second)  # region=gpu1 stage=2
    return (first,)

def after(c: f32[4, 4]):
    t: f32[4, 4][1, 4] = aten.t.default(c)  # region=gpu0 stage=0
    t_1: f32[4, 4][1, 4] = aten.t.default(c)  # region=gpu1 stage=2
    first: f32[4, 4][1, 4] = aten.relu.default(t)  # region=gpu0 stage=0
    kernel: f32[4, 4] = aten.softmax.int(t, -1)  # region=fpga0 stage=1
    second: f32[4, 4][1, 4] = aten.add.Tensor(t_1, kernel)  # region=gpu1 stage=2
    write: f32[4, 4] = aten.copy_.default(c, second)  # region=gpu1 stage=2
    return (first,)

# Nobody writes into the input.
def of_what_nobody_writes(c: f32[4, 4]):
    t: f32[4, 4][1, 4] = aten.t.default(c)  # region=gpu0 stage=0
    read: f32[4, 4][1, 4] = aten.relu.default(t)  # region=gpu1 stage=2
    return (read,)

unchanged
