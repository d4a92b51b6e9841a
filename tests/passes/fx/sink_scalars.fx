# Half of a size is no value to hand from piece to piece: the region that cuts computes it, and its own size.
def half(x: f32[s0, 4]):
    size: Sym[s0] = aten.sym_size.int(x, 0)  # region=gpu0 stage=0
    half: Sym[s0//2] = floordiv(size, 2)  # region=gpu0 stage=0
    relu: f32[s0, 4] = aten.relu.default(x)  # region=gpu0 stage=0
    cut: f32[s0//2, 4] = aten.slice.Tensor(relu, 0, 0, half)  # region=gpu1 stage=2
    return (cut,)

def after(x: f32[s0, 4]):
    size_1: Sym[s0] = aten.sym_size.int(x, 0)  # region=gpu1 stage=2
    half_1: Sym[(s0//2)] = floordiv(size_1, 2)  # region=gpu1 stage=2
    relu: f32[s0, 4] = aten.relu.default(x)  # region=gpu0 stage=0
    cut: f32[(s0//2), 4] = aten.slice.Tensor(relu, 0, 0, half_1)  # region=gpu1 stage=2
    return (cut,)

# A number taken from data is computed once: to fetch it costs a wait.
def of_data(x: i64):
    item: Sym[u0] = aten._local_scalar_dense.default(x)  # region=gpu0 stage=0
    full: f32[2] = aten.full.default([2], item, dtype=torch.float32)  # region=gpu1 stage=2
    return (full,)

unchanged

# A tensor made of numbers is no number.
def made_of_numbers(x: f32[s0, 4]):
    size: Sym[s0] = aten.sym_size.int(x, 0)  # region=gpu0 stage=0
    ones: f32[s0] = aten.full.default([size], 1.0)  # region=gpu0 stage=0
    sums: f32[s0] = aten.cumsum.default(ones, 0)  # region=gpu1 stage=2
    return (sums,)

unchanged
