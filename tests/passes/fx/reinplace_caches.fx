# Who reads the new value in a later region reads the input; who reads it in the same one does not.
def later(c: f32[4, 4], k: f32[4]):
    put: f32[4, 4] = aten.select_scatter.default(c, k, 0, 0)  # region=gpu0 stage=0
    beside: f32[4, 4] = aten.relu.default(put)  # region=gpu0 stage=0
    write: f32[4, 4] = aten.copy_.default(c, put)  # region=gpu0 stage=0
    read: f32[4, 4] = aten.softmax.int(put, -1)  # region=fpga0 stage=1
    return (beside, read)

def after(c: f32[4, 4], k: f32[4]):
    put: f32[4, 4] = aten.select_scatter.default(c, k, 0, 0)  # region=gpu0 stage=0
    beside: f32[4, 4] = aten.relu.default(put)  # region=gpu0 stage=0
    write: f32[4, 4] = aten.copy_.default(c, put)  # region=gpu0 stage=0
    read: f32[4, 4] = aten.softmax.int(c, -1)  # region=fpga0 stage=1
    return (beside, read)

# The input holds less than the value: it has 16 bits.
def of_another_type(c: f16[4, 4], x: f32[4, 4]):
    put: f32[4, 4] = aten.relu.default(x)  # region=gpu0 stage=0
    write: f16[4, 4] = aten.copy_.default(c, put)  # region=gpu0 stage=0
    read: f32[4, 4] = aten.softmax.int(put, -1)  # region=fpga0 stage=1
    return (read,)

unchanged

# What is written into is no input.
def into_a_value(x: f32[4, 4], y: f32[4, 4]):
    made: f32[4, 4] = aten.relu.default(x)  # region=gpu0 stage=0
    put: f32[4, 4] = aten.exp.default(y)  # region=gpu0 stage=0
    write: f32[4, 4] = aten.copy_.default(made, put)  # region=gpu0 stage=0
    read: f32[4, 4] = aten.softmax.int(put, -1)  # region=fpga0 stage=1
    return (read,)

unchanged
