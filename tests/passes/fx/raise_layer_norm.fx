# Of three results one is read, also by two readers.
def the_result_alone(x: f32[4, 8], w: f32[8], b: f32[8]):
    native: (f32[4, 8], f32[4, 1], f32[4, 1],) = aten.native_layer_norm.default(x, [8], w, b, 1e-05)
    normed: f32[4, 8] = getitem(native, 0)
    again: f32[4, 8] = getitem(native, 0)
    sums: f32[4, 8] = aten.add.Tensor(normed, again)
    return (normed, sums)

def after(x: f32[4, 8], w: f32[8], b: f32[8]):
    layer_norm_default: f32[4, 8] = aten.layer_norm.default(x, [8], w, b, 1e-05)
    sums: f32[4, 8] = aten.add.Tensor(layer_norm_default, layer_norm_default)
    return (layer_norm_default, sums)

# The mean is read too.
def the_mean_too(x: f32[4, 8], w: f32[8], b: f32[8]):
    native: (f32[4, 8], f32[4, 1], f32[4, 1],) = aten.native_layer_norm.default(x, [8], w, b, 1e-05)
    normed: f32[4, 8] = getitem(native, 0)
    mean: f32[4, 1] = getitem(native, 1)
    return (normed, mean)

unchanged
