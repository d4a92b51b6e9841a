# All that can go goes; dense work stays, and what is made of it returns: three stages.
def there_and_back(
    x: f32[64, 64],
    w: f32[64, 64],  # resident
):
    normed: f32[64, 64] = aten.softmax.int(x, -1)
    dense: f32[64, 64] = aten.mm.default(normed, w)
    t: f32[64, 64][1, 64] = aten.t.default(dense)
    sums: f32[64] = aten.sum.dim_IntList(t, [1])
    return (sums,)

def after(
    x: f32[64, 64],
    w: f32[64, 64],  # resident
):
    normed: f32[64, 64] = aten.softmax.int(x, -1)  # stage=1 region=fpga0 reason=policy-fpga
    dense: f32[64, 64] = aten.mm.default(normed, w)  # stage=2 region=gpu0 reason=unsupported-form
    t: f32[64, 64][1, 64] = aten.t.default(dense)  # stage=3 region=fpga1 reason=view
    sums: f32[64] = aten.sum.dim_IntList(t, [1])  # stage=3 region=fpga1 reason=policy-fpga
    return (sums,)
