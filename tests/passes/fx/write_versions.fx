# A version that somebody reads is written before the next is made, so that the reader can read the input itself.
def read(c: f32[4, 4], k: f32[4]):
    first: f32[4, 4] = aten.select_scatter.default(c, k, 0, 0)
    read: f32[4, 4] = aten.softmax.int(first, -1)
    last: f32[4, 4] = aten.zeros_like.default(first)
    write: f32[4, 4] = aten.copy_.default(c, last)
    return (read,)

def after(c: f32[4, 4], k: f32[4]):
    first: f32[4, 4] = aten.select_scatter.default(c, k, 0, 0)
    copy__default: f32[4, 4] = aten.copy_.default(c, first)
    read: f32[4, 4] = aten.softmax.int(first, -1)
    last: f32[4, 4] = aten.zeros_like.default(first)
    write: f32[4, 4] = aten.copy_.default(c, last)
    return (read,)

# Returned, it must not show in the input: it is made of a copy.
def returned(c: f32[4, 4], k: f32[4]):
    first: f32[4, 4] = aten.select_scatter.default(c, k, 0, 0)
    last: f32[4, 4] = aten.zeros.default([4, 4])
    write: f32[4, 4] = aten.copy_.default(c, last)
    return (first,)

def after(c: f32[4, 4], k: f32[4]):
    copied_default: f32[4, 4] = torch_fpga.copied.default(c)
    first: f32[4, 4] = aten.select_scatter.default(copied_default, k, 0, 0)
    last: f32[4, 4] = aten.zeros.default([4, 4])
    write: f32[4, 4] = aten.copy_.default(c, last)
    return (first,)

# So it is where somebody still reads what was there before.
def still_read(c: f32[4, 4], k: f32[4]):
    first: f32[4, 4] = aten.select_scatter.default(c, k, 0, 0)
    read: f32[4, 4] = aten.softmax.int(first, -1)
    old: f32[4, 4] = aten.cumsum.default(c, -1)
    last: f32[4, 4] = aten.zeros_like.default(c)
    write: f32[4, 4] = aten.copy_.default(c, last)
    return (read, old)

def after(c: f32[4, 4], k: f32[4]):
    copied_default: f32[4, 4] = torch_fpga.copied.default(c)
    first: f32[4, 4] = aten.select_scatter.default(copied_default, k, 0, 0)
    read: f32[4, 4] = aten.softmax.int(first, -1)
    old: f32[4, 4] = aten.cumsum.default(c, -1)
    last: f32[4, 4] = aten.zeros_like.default(c)
    write: f32[4, 4] = aten.copy_.default(c, last)
    return (read, old)

# A version made through a view is written when it is whole again, not as its transpose.
def through_a_view(c: f32[4, 4], k: f32[4]):
    t: f32[4, 4][1, 4] = aten.t.default(c)
    put: f32[4, 4][1, 4] = aten.select_scatter.default(t, k, 0, 0)
    back: f32[4, 4] = aten.t.default(put)
    read: f32[4, 4] = aten.softmax.int(back, -1)
    last: f32[4, 4] = aten.zeros_like.default(back)
    write: f32[4, 4] = aten.copy_.default(c, last)
    return (read,)

def after(c: f32[4, 4], k: f32[4]):
    t: f32[4, 4][1, 4] = aten.t.default(c)
    put: f32[4, 4][1, 4] = aten.select_scatter.default(t, k, 0, 0)
    back: f32[4, 4] = aten.t.default(put)
    copy__default: f32[4, 4] = aten.copy_.default(c, back)
    read: f32[4, 4] = aten.softmax.int(back, -1)
    last: f32[4, 4] = aten.zeros_like.default(back)
    write: f32[4, 4] = aten.copy_.default(c, last)
    return (read,)

# Two inputs change places: without a copy of its own, d would get itself.
def swapped(c: f32[4, 4], d: f32[4, 4]):
    clone: f32[4, 4] = aten.clone.default(c)
    first: f32[4, 4] = aten.copy_.default(c, d)
    second: f32[4, 4] = aten.copy_.default(d, clone)
    return ()

def after(c: f32[4, 4], d: f32[4, 4]):
    clone: f32[4, 4] = aten.clone.default(c)
    copied_default: f32[4, 4] = torch_fpga.copied.default(clone)
    first: f32[4, 4] = aten.copy_.default(c, d)
    second: f32[4, 4] = aten.copy_.default(d, copied_default)
    return ()

# The only write is the last, and of two versions nobody reads the first.
def once(c: f32[4, 4], k: f32[4]):
    first: f32[4, 4] = aten.select_scatter.default(c, k, 0, 0)
    last: f32[4, 4] = aten.select_scatter.default(first, k, 0, 1)
    read: f32[4, 4] = aten.softmax.int(last, -1)
    write: f32[4, 4] = aten.copy_.default(c, last)
    return (read,)

unchanged

# Nor is it written as the row it was made in.
def through_a_row(c: f32[4, 4], k: f32[4]):
    flat: f32[16] = aten.view.default(c, [16])
    put: f32[16] = aten.slice_scatter.default(flat, k, 0, 0, 4)
    whole: f32[4, 4] = aten.view.default(put, [4, 4])
    read: f32[4, 4] = aten.softmax.int(whole, -1)
    last: f32[4, 4] = aten.zeros.default([4, 4])
    write: f32[4, 4] = aten.copy_.default(c, last)
    return (read,)

def after(c: f32[4, 4], k: f32[4]):
    flat: f32[16] = aten.view.default(c, [16])
    put: f32[16] = aten.slice_scatter.default(flat, k, 0, 0, 4)
    whole: f32[4, 4] = aten.view.default(put, [4, 4])
    copy__default: f32[4, 4] = aten.copy_.default(c, whole)
    read: f32[4, 4] = aten.softmax.int(whole, -1)
    last: f32[4, 4] = aten.zeros.default([4, 4])
    write: f32[4, 4] = aten.copy_.default(c, last)
    return (read,)

# One that is never whole is made of a copy.
def never_whole(c: f32[4, 4], k: f32[4]):
    flat: f32[16] = aten.view.default(c, [16])
    put: f32[16] = aten.slice_scatter.default(flat, k, 0, 0, 4)
    read: f32[16] = aten.softmax.int(put, -1)
    last: f32[4, 4] = aten.zeros.default([4, 4])
    write: f32[4, 4] = aten.copy_.default(c, last)
    return (read,)

def after(c: f32[4, 4], k: f32[4]):
    flat: f32[16] = aten.view.default(c, [16])
    copied_default: f32[16] = torch_fpga.copied.default(flat)
    put: f32[16] = aten.slice_scatter.default(copied_default, k, 0, 0, 4)
    read: f32[16] = aten.softmax.int(put, -1)
    last: f32[4, 4] = aten.zeros.default([4, 4])
    write: f32[4, 4] = aten.copy_.default(c, last)
    return (read,)
