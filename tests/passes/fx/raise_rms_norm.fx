# As AOTAutograd leaves torch.nn.functional.rms_norm: the square is a power, the weight comes last.
def functional(x: f32[4, 8], w: f32[8]):
    square: f32[4, 8] = aten.pow.Tensor_Scalar(x, 2)
    mean: f32[4, 1] = aten.mean.dim(square, [1], True)
    add: f32[4, 1] = aten.add.Scalar(mean, 1e-06)
    rsqrt: f32[4, 1] = aten.rsqrt.default(add)
    normed: f32[4, 8] = aten.mul.Tensor(x, rsqrt)
    scaled: f32[4, 8] = aten.mul.Tensor(normed, w)
    return (scaled,)

def after(x: f32[4, 8], w: f32[8]):
    rms_norm_default: f32[4, 8] = aten.rms_norm.default(x, [8], w, 1e-06)
    return (rms_norm_default,)

# Written out by hand, every product the other way round; without a weight.
def by_hand(x: f32[4, 8]):
    square: f32[4, 8] = aten.mul.Tensor(x, x)
    mean: f32[4, 1] = aten.mean.dim(square, [-1], True)
    add: f32[4, 1] = aten.add.Tensor(mean, 1e-06)
    rsqrt: f32[4, 1] = aten.rsqrt.default(add)
    normed: f32[4, 8] = aten.mul.Tensor(rsqrt, x)
    return (normed,)

def after(x: f32[4, 8]):
    rms_norm_default: f32[4, 8] = aten.rms_norm.default(x, [8], None, 1e-06)
    return (rms_norm_default,)

# The norm is read beside its product with the weight, which is none of it then.
def weights_apart(x: f32[2, 8], w: f32[8]):
    square: f32[2, 8] = aten.mul.Tensor(x, x)
    mean: f32[2, 1] = aten.mean.dim(square, [-1], True)
    add: f32[2, 1] = aten.add.Tensor(mean, 1e-06)
    rsqrt: f32[2, 1] = aten.rsqrt.default(add)
    normed: f32[2, 8] = aten.mul.Tensor(x, rsqrt)
    scaled: f32[2, 8] = aten.mul.Tensor(normed, w)
    return (normed, scaled)

def after(x: f32[2, 8], w: f32[8]):
    rms_norm_default: f32[2, 8] = aten.rms_norm.default(x, [8], None, 1e-06)
    scaled: f32[2, 8] = aten.mul.Tensor(rms_norm_default, w)
    return (rms_norm_default, scaled)

# The mean is rounded to 16 bits.
def a_rounded_mean(x: f32[4, 8]):
    square: f32[4, 8] = aten.mul.Tensor(x, x)
    mean: f16[4, 1] = aten.mean.dim(square, [-1], True, dtype=torch.float16)
    add: f16[4, 1] = aten.add.Tensor(mean, 1e-06)
    rsqrt: f16[4, 1] = aten.rsqrt.default(add)
    normed: f32[4, 8] = aten.mul.Tensor(x, rsqrt)
    return (normed,)

unchanged

# The mean goes over the first dimension.
def another_dimension(x: f32[8, 8]):
    square: f32[8, 8] = aten.mul.Tensor(x, x)
    mean: f32[1, 8] = aten.mean.dim(square, [0], True)
    add: f32[1, 8] = aten.add.Tensor(mean, 1e-06)
    rsqrt: f32[1, 8] = aten.rsqrt.default(add)
    normed: f32[8, 8] = aten.mul.Tensor(x, rsqrt)
    return (normed,)

unchanged

# The mean is that of another tensor's squares.
def another_square(x: f32[4, 8], y: f32[4, 8]):
    square: f32[4, 8] = aten.mul.Tensor(x, y)
    mean: f32[4, 1] = aten.mean.dim(square, [-1], True)
    add: f32[4, 1] = aten.add.Tensor(mean, 1e-06)
    rsqrt: f32[4, 1] = aten.rsqrt.default(add)
    normed: f32[4, 8] = aten.mul.Tensor(x, rsqrt)
    cubes: f32[4, 8] = aten.pow.Tensor_Scalar(x, 4)
    mean_1: f32[4, 1] = aten.mean.dim(cubes, [-1], True)
    add_1: f32[4, 1] = aten.add.Tensor(mean_1, 1e-06)
    rsqrt_1: f32[4, 1] = aten.rsqrt.default(add_1)
    normed_1: f32[4, 8] = aten.mul.Tensor(x, rsqrt_1)
    return (normed, normed_1)

unchanged

# The mean lost its dimension: it is that of a column, not of a row.
def a_mean_of_columns(x: f32[8, 8]):
    square: f32[8, 8] = aten.mul.Tensor(x, x)
    mean: f32[8] = aten.mean.dim(square, [-1])
    add: f32[8] = aten.add.Tensor(mean, 1e-06)
    rsqrt: f32[8] = aten.rsqrt.default(add)
    normed: f32[8, 8] = aten.mul.Tensor(x, rsqrt)
    return (normed,)

unchanged

# Half and float32 meet; eps is a tensor; eps counts twice.
def other_numbers(h: f16[4, 8], eps: f32[4, 1], x: f32[4, 8]):
    wide: f32[4, 8] = aten._to_copy.default(h, dtype=torch.float32)
    square: f32[4, 8] = aten.mul.Tensor(wide, wide)
    mean: f32[4, 1] = aten.mean.dim(square, [-1], True)
    add: f32[4, 1] = aten.add.Tensor(mean, 1e-06)
    rsqrt: f32[4, 1] = aten.rsqrt.default(add)
    normed: f32[4, 8] = aten.mul.Tensor(h, rsqrt)
    square_1: f32[4, 8] = aten.mul.Tensor(x, x)
    mean_1: f32[4, 1] = aten.mean.dim(square_1, [-1], True)
    add_1: f32[4, 1] = aten.add.Tensor(mean_1, eps)
    rsqrt_1: f32[4, 1] = aten.rsqrt.default(add_1)
    normed_1: f32[4, 8] = aten.mul.Tensor(x, rsqrt_1)
    add_2: f32[4, 1] = aten.add.Tensor(mean_1, 1e-06, alpha=2)
    rsqrt_2: f32[4, 1] = aten.rsqrt.default(add_2)
    normed_2: f32[4, 8] = aten.mul.Tensor(x, rsqrt_2)
    return (normed, normed_1, normed_2)

unchanged

# The weight comes first.
def the_weight_first(x: f32[4, 8], w: f32[8]):
    square: f32[4, 8] = aten.mul.Tensor(x, x)
    mean: f32[4, 1] = aten.mean.dim(square, [-1], True)
    add: f32[4, 1] = aten.add.Tensor(mean, 1e-06)
    rsqrt: f32[4, 1] = aten.rsqrt.default(add)
    normed: f32[4, 8] = aten.mul.Tensor(x, rsqrt)
    scaled: f32[4, 8] = aten.mul.Tensor(w, normed)
    return (scaled,)

def after(x: f32[4, 8], w: f32[8]):
    rms_norm_default: f32[4, 8] = aten.rms_norm.default(x, [8], w, 1e-06)
    return (rms_norm_default,)

# A weight of two rows, one of another type, and the norm itself are none.
def no_weight(x: f32[2, 8], rows: f32[2, 8], h: f16[8], y: f32[2, 8], z: f32[2, 8]):
    square: f32[2, 8] = aten.mul.Tensor(x, x)
    mean: f32[2, 1] = aten.mean.dim(square, [-1], True)
    add: f32[2, 1] = aten.add.Tensor(mean, 1e-06)
    rsqrt: f32[2, 1] = aten.rsqrt.default(add)
    normed: f32[2, 8] = aten.mul.Tensor(x, rsqrt)
    wide: f32[2, 8] = aten.mul.Tensor(normed, rows)
    square_1: f32[2, 8] = aten.mul.Tensor(y, y)
    mean_1: f32[2, 1] = aten.mean.dim(square_1, [-1], True)
    add_1: f32[2, 1] = aten.add.Tensor(mean_1, 1e-06)
    rsqrt_1: f32[2, 1] = aten.rsqrt.default(add_1)
    normed_1: f32[2, 8] = aten.mul.Tensor(y, rsqrt_1)
    half: f32[2, 8] = aten.mul.Tensor(normed_1, h)
    square_2: f32[2, 8] = aten.mul.Tensor(z, z)
    mean_2: f32[2, 1] = aten.mean.dim(square_2, [-1], True)
    add_2: f32[2, 1] = aten.add.Tensor(mean_2, 1e-06)
    rsqrt_2: f32[2, 1] = aten.rsqrt.default(add_2)
    normed_2: f32[2, 8] = aten.mul.Tensor(z, rsqrt_2)
    again: f32[2, 8] = aten.mul.Tensor(normed_2, normed_2)
    return (wide, half, again)

def after(x: f32[2, 8], rows: f32[2, 8], h: f16[8], y: f32[2, 8], z: f32[2, 8]):
    rms_norm_default: f32[2, 8] = aten.rms_norm.default(x, [8], None, 1e-06)
    wide: f32[2, 8] = aten.mul.Tensor(rms_norm_default, rows)
    rms_norm_default_1: f32[2, 8] = aten.rms_norm.default(y, [8], None, 1e-06)
    half: f32[2, 8] = aten.mul.Tensor(rms_norm_default_1, h)
    rms_norm_default_2: f32[2, 8] = aten.rms_norm.default(z, [8], None, 1e-06)
    again: f32[2, 8] = aten.mul.Tensor(rms_norm_default_2, rms_norm_default_2)
    return (wide, half, again)

# The size of a row is not known yet.
def a_symbolic_row(x: f32[4, s0]):
    square: f32[4, s0] = aten.mul.Tensor(x, x)
    mean: f32[4, 1] = aten.mean.dim(square, [-1], True)
    add: f32[4, 1] = aten.add.Tensor(mean, 1e-06)
    rsqrt: f32[4, 1] = aten.rsqrt.default(add)
    normed: f32[4, s0] = aten.mul.Tensor(x, rsqrt)
    return (normed,)

unchanged

# The scale is not multiplied with: it is added, it is returned. Nothing is scaled.
def another_use(x: f32[4, 8]):
    square: f32[4, 8] = aten.mul.Tensor(x, x)
    mean: f32[4, 1] = aten.mean.dim(square, [-1], True)
    add: f32[4, 1] = aten.add.Tensor(mean, 1e-06)
    rsqrt: f32[4, 1] = aten.rsqrt.default(add)
    added: f32[4, 8] = aten.add.Tensor(x, rsqrt)
    double: f32[4, 1] = aten.mul.Tensor(rsqrt, 2.0)
    return (added, double, rsqrt)

unchanged

# There is no eps, or no mean, below the root.
def another_root(x: f32[4, 8], y: f32[4, 1]):
    square: f32[4, 8] = aten.mul.Tensor(x, x)
    mean: f32[4, 1] = aten.mean.dim(square, [-1], True)
    rsqrt: f32[4, 1] = aten.rsqrt.default(mean)
    normed: f32[4, 8] = aten.mul.Tensor(x, rsqrt)
    amax: f32[4, 1] = aten.amax.default(square, [-1], True)
    add: f32[4, 1] = aten.add.Tensor(amax, 1e-06)
    rsqrt_1: f32[4, 1] = aten.rsqrt.default(add)
    normed_1: f32[4, 8] = aten.mul.Tensor(x, rsqrt_1)
    add_1: f32[4, 1] = aten.add.Tensor(y, 1e-06)
    rsqrt_2: f32[4, 1] = aten.rsqrt.default(add_1)
    normed_2: f32[4, 8] = aten.mul.Tensor(x, rsqrt_2)
    kept: f32[4, 8] = aten.mul.Tensor(square, 2.0)
    return (normed, normed_1, normed_2, kept)

unchanged
