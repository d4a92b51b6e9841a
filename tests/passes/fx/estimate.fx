# What has a row is told its work, a view is free unless the caller gets it, a part goes where its whole goes, and a write is no work for the FPGA.
def kinds(x: f32[4, 8], c: f32[8]):
    t: f32[8, 4][1, 8] = aten.t.default(x)
    handed: f32[8, 4][1, 8] = aten.t.default(x)  # returned_view=x
    best: (f32[8, 2], i64[8, 2],) = aten.topk.default(t, 2)
    part: f32[8, 2] = getitem(best, 0)
    sums: f32[8] = aten.sum.dim_IntList(part, [1])
    middle: f32 = aten.median.default(x)
    sort: (f32[8], i64[8],) = aten.sort.default(sums)
    sorted_: f32[8] = getitem(sort, 0)
    write: f32[8] = aten.copy_.default(c, sums)
    return (sorted_, middle, handed)

def after(x: f32[4, 8], c: f32[8]):
    t: f32[8, 4][1, 8] = aten.t.default(x)  # flops=0 read=0 written=0 is_view
    handed: f32[8, 4][1, 8] = aten.t.default(x)  # returned_view=x support=returned-view flops=0 read=0 written=0 is_view
    best: (f32[8, 2], i64[8, 2],) = aten.topk.default(t, 2)  # flops=32 read=128 written=192
    part: f32[8, 2] = getitem(best, 0)  # flops=0 read=0 written=0 is_view
    sums: f32[8] = aten.sum.dim_IntList(part, [1])  # flops=16 read=64 written=32
    middle: f32 = aten.median.default(x)  # support=unsupported-op flops=1 read=128 written=4
    sort: (f32[8], i64[8],) = aten.sort.default(sums)  # flops=8 read=32 written=96
    sorted_: f32[8] = getitem(sort, 0)  # flops=0 read=0 written=0 is_view
    write: f32[8] = aten.copy_.default(c, sums)  # support=mutation flops=8 read=64 written=32
    return (sorted_, middle, handed)
