# The private name is what capture gives.
def plain(x: f32[4, 8]):
    softmax: f32[4, 8] = aten._softmax.default(x, -1, False)
    return (softmax,)

def after(x: f32[4, 8]):
    softmax: f32[4, 8] = aten.softmax.int(x, -1)
    return (softmax,)

# Half to float in one op exists on GPUs only (no CPU runs it).
def half_to_float(h: f16[4, 8]):
    softmax: f32[4, 8] = aten._softmax.default(h, -1, True)
    return (softmax,)

unchanged

# Its logarithm has a private name too.
def logarithm(x: f32[4, 8]):
    softmax: f32[4, 8] = aten._log_softmax.default(x, -1, False)
    return (softmax,)

def after(x: f32[4, 8]):
    softmax: f32[4, 8] = aten.log_softmax.int(x, -1)
    return (softmax,)

# What its gradient is made of is another op.
def another_op(x: f32[4, 8], y: f32[4, 8]):
    softmax: f32[4, 8] = aten._softmax_backward_data.default(x, y, -1, torch.float32)
    return (softmax,)

unchanged
