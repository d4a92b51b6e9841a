// Each task once, so that each can be asked what it costs.
"hls.kernel"() ({
  %p = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem0", channel = 0 : i64, channels = 1 : i64, block_elements = 0 : i64, elements = 4096 : i64, name = "p", role = "in"} : () -> !hls.memory<f32>
  %o = "hls.port"() {arg = 1 : i64, bank = 1 : i64, bundle = "gmem1", channel = 0 : i64, channels = 1 : i64, block_elements = 0 : i64, elements = 4096 : i64, name = "o", role = "out"} : () -> !hls.memory<f32>
  %v = "hls.port"() {arg = 2 : i64, bank = 2 : i64, bundle = "gmem2", channel = 0 : i64, channels = 2 : i64, block_elements = 2048 : i64, elements = 4096 : i64, name = "v", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
  %w = "hls.port"() {arg = 2 : i64, bank = 2 : i64, bundle = "gmem2", channel = 0 : i64, channels = 2 : i64, block_elements = 2048 : i64, elements = 4096 : i64, name = "w", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
  %u = "hls.port"() {arg = 1 : i64, bank = 1 : i64, bundle = "gmem1", channel = 0 : i64, channels = 1 : i64, block_elements = 0 : i64, elements = 4096 : i64, name = "u", role = "out"} : () -> !hls.vectors<f32, 16 : i32>
  "hls.phase"() ({
    %a = "hls.stream"() {depth = 2 : i64, name = "a", vectors = 12 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %b = "hls.stream"() {depth = 2 : i64, name = "b", vectors = 12 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %c = "hls.stream"() {depth = 2 : i64, name = "c", vectors = 12 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %one = "hls.stream"() {depth = 2 : i64, name = "one", vectors = 12 : i64} : () -> !hls.fifo<f32, 1 : i32>
    %two = "hls.stream"() {depth = 2 : i64, name = "two", vectors = 12 : i64} : () -> !hls.fifo<f32, 1 : i32>
    %places = "hls.stream"() {depth = 2 : i64, name = "places", vectors = 12 : i64} : () -> !hls.fifo<i64, 1 : i32>
    %others = "hls.stream"() {depth = 2 : i64, name = "others", vectors = 12 : i64} : () -> !hls.fifo<i64, 1 : i32>
    %bytes = "hls.stream"() {depth = 2 : i64, name = "bytes", vectors = 12 : i64} : () -> !hls.fifo<i8, 64 : i32>
    %i = "hls.stream"() {depth = 2 : i64, name = "i", vectors = 12 : i64} : () -> !hls.fifo<i64, 16 : i32>
    %h = "hls.stream"() {depth = 64 : i64, name = "h", vectors = 300 : i64} : () -> !hls.fifo<f32, 3 : i32>
    %g = "hls.stream"() {depth = 64 : i64, name = "g", vectors = 300 : i64} : () -> !hls.fifo<f32, 3 : i32>
    "hls.load_rows"(%p, %a) {cols = 40 : i64, label = "load", offset = 0 : i64, row_stride = 40 : i64, rows = 4 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.load_strided"(%p, %a) {label = "load", offset = 0 : i64, sizes = [4, 40], strides = [1, 4]} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.store_rows"(%a, %o) {cols = 40 : i64, label = "store", offset = 0 : i64, row_stride = 40 : i64, rows = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.memory<f32>) -> ()
    "hls.store_vectors"(%a, %u) {count = 12 : i64, label = "store"} : (!hls.fifo<f32, 16 : i32>, !hls.vectors<f32, 16 : i32>) -> ()
    "hls.store_strided"(%a, %o) {label = "store", offset = 0 : i64, sizes = [4, 40], strides = [1, 4]} : (!hls.fifo<f32, 16 : i32>, !hls.memory<f32>) -> ()
    "hls.fork"(%a, %b, %c) {label = "fork", operandSegmentSizes = array<i32: 1, 2>, vectors = 12 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.broadcast"(%a, %b, %c) {label = "broadcast", operandSegmentSizes = array<i32: 1, 2>, vectors = 12 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.join_blocks"(%a, %one, %two) {cols = 64 : i64, each = 48 : i64, label = "join", operandSegmentSizes = array<i32: 1, 2>, rows = 1 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
    "hls.load_vectors"(%v, %a) {count = 12 : i64, label = "load"} : (!hls.vectors<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.load_vectors_again"(%v, %a) {count = 6 : i64, label = "load", times = 3 : i64} : (!hls.vectors<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.load_vectors_after"(%v, %w, %a, %b) {chunk = 2 : i64, label = "load", rows = 40 : i64, scalars_a_row = 1 : i64, times = 2 : i64, vectors_a_row = 3 : i64} : (!hls.vectors<f32, 16 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.map"(%b, %a) ({
    ^bb0(%x: f32):
      %y = "mem.scalar"(%x) {fn = "exp", operandSegmentSizes = array<i32: 1, 0, 0>} : (f32) -> f32
      "mem.yield"(%y) : (f32) -> ()
    }) {label = "map", operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0>, vectors = 12 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.iota"(%i) {cols = 40 : i64, label = "iota", rows = 4 : i64} : (!hls.fifo<i64, 16 : i32>) -> ()
    "hls.cumsum"(%a, %b) {cols = 40 : i64, label = "cumsum", rows = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.softmax"(%a, %b) {cols = 40 : i64, label = "softmax", max_cols = 64 : i64, rows = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.log_softmax"(%a, %b) {cols = 40 : i64, label = "log_softmax", max_cols = 64 : i64, rows = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.layer_norm"(%a, %b, %c, %c) {cols = 40 : i64, eps = 1.0e-5 : f32, label = "layer_norm", max_cols = 64 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1>, rows = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.rms_norm"(%a, %b, %c) {cols = 40 : i64, eps = 1.0e-5 : f32, label = "rms_norm", max_cols = 64 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, rows = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.reduce"(%a, %b) {cols = 40 : i64, kind = "sum", label = "reduce", out_cols = 4 : i64, rows = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.argmax"(%a, %i) {cols = 40 : i64, label = "argmax", largest = 1 : i64, out_cols = 4 : i64, rows = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<i64, 16 : i32>) -> ()
    "hls.repeat_row"(%a, %b) {cols = 40 : i64, label = "repeat_row", max_cols = 64 : i64, rows = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.load_views"(%v, %a) {label = "load views", offset = 0 : i64, sizes = [4, 3], strides = [4, 1]} : (!hls.vectors<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.rotate_half"(%a, %b) {half = 20 : i64, label = "rotate_half", rows = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.topk"(%a, %b, %i) {cols = 40 : i64, k = 4 : i64, label = "topk", largest = 1 : i64, rows = 4 : i64, sorted = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<i64, 16 : i32>) -> ()
    "hls.topk"(%a, %b, %i) {cols = 200000 : i64, k = 400 : i64, label = "topk in memory", largest = 1 : i64, rows = 4 : i64, sorted = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<i64, 16 : i32>) -> ()
    "hls.topk_by_sort"(%a, %b, %i) {cols = 600 : i64, k = 400 : i64, label = "topk by sort", largest = 1 : i64, most = 1024 : i64, rows = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<i64, 16 : i32>) -> ()
    "hls.topk_by_radix"(%a, %b, %i) {cols = 4000 : i64, k = 400 : i64, label = "topk by radix", largest = 1 : i64, max_cols = 4096 : i64, most = 512 : i64, rows = 4 : i64, sorted = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<i64, 16 : i32>) -> ()
    "hls.topk_of_block"(%a, %one, %places) {first = 64 : i64, k = 4 : i64, label = "topk of a block", largest = 1 : i64, rows = 64 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
    "hls.merge_topk"(%b, %i, %one, %two, %places, %others) {each = 64 : i64, k = 4 : i64, label = "merge topk", largest = 1 : i64, last = 20 : i64, operandSegmentSizes = array<i32: 1, 1, 2, 2>, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<i64, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
    "hls.matmul"(%a, %b, %c) {accumulator = f32, batches = 2 : i64, cols = 40 : i64, count = 3 : i64, label = "matmul", out_cols = 12 : i64, rows = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.matmul"(%a, %b, %c) {accumulator = f32, batches = 2 : i64, cols = 40 : i64, count = 1 : i64, label = "matmul of one", out_cols = 4 : i64, rows = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.matmul"(%bytes, %b, %c) {accumulator = f32, batches = 2 : i64, cols = 100 : i64, count = 1 : i64, label = "matmul of int8", out_cols = 4 : i64, rows = 4 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.int4_product"(%bytes, %b, %c, %a) {cols = 384 : i64, group = 64 : i64, halves = 0 : i64, label = "int4_product", out_cols = 4 : i64, rows = 4 : i64, signed = 0 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.row_sum"(%a, %b, %c) {accumulator = f32, batches = 2 : i64, cols = 40 : i64, count = 3 : i64, label = "row_sum", rows = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.gather_rows"(%p, %i, %a) {cols = 40 : i64, count = 4 : i64, group_stride = 0 : i64, groups = 1 : i64, inner_rows = 1 : i64, label = "gather_rows", limit = 64 : i64, offset = 0 : i64, row_stride = 40 : i64, wrap = 1 : i64} : (!hls.memory<f32>, !hls.fifo<i64, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.gather_vectors"(%v, %i, %a) {count = 4 : i64, group_stride = 0 : i64, groups = 1 : i64, label = "gather_vectors", limit = 64 : i64, offset = 0 : i64, row_stride = 3 : i64, vectors_a_row = 3 : i64, wrap = 1 : i64} : (!hls.vectors<f32, 16 : i32>, !hls.fifo<i64, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.gather_elements"(%p, %i, %a) {index_stride = 1 : i64, label = "gather_elements", limit = 40 : i64, offset = 0 : i64, sizes = [4, 40], strides = [40, 0], wrap = 0 : i64} : (!hls.memory<f32>, !hls.fifo<i64, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.attend_keys"(%a, %b, %h) {cols = 40 : i64, count = 3 : i64, first = 100 : i64, groups = 4 : i64, interval = 2 : i64, keys = 200 : i64, label = "attend keys", most_groups = 2 : i64, rows = 300 : i64, scale = 5.0e-1 : f32} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 3 : i32>) -> ()
    "hls.attend_weights"(%h, %g, %g, %a) {count = 3 : i64, first = 100 : i64, groups_a_row = 4 : i64, interval = 3 : i64, keys = 200 : i64, label = "attend weights", mask_rows = 1 : i64, mask_size = 208 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1>, rows = 300 : i64} : (!hls.fifo<f32, 3 : i32>, !hls.fifo<f32, 3 : i32>, !hls.fifo<f32, 3 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.attend_weights"(%h, %g, %g) {count = 3 : i64, first = 100 : i64, groups_a_row = 1 : i64, interval = 3 : i64, keys = 200 : i64, label = "attend weights without a mask", mask_rows = 0 : i64, mask_size = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0>, rows = 300 : i64} : (!hls.fifo<f32, 3 : i32>, !hls.fifo<f32, 3 : i32>, !hls.fifo<f32, 3 : i32>) -> ()
    "hls.attend_values"(%a, %h, %b) {cols = 24 : i64, count = 3 : i64, first = 100 : i64, interval = 2 : i64, keys = 200 : i64, label = "attend values", rows = 300 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 3 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.merge_attention"(%a, %h, %g, %b, %c) {cols = 24 : i64, count = 3 : i64, each = 500 : i64, groups = 4 : i64, keys = 200 : i64, label = "merge attention", masked = 1 : i64, operandSegmentSizes = array<i32: 1, 2, 2>} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 3 : i32>, !hls.fifo<f32, 3 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
  }) {name = "phase0"} : () -> ()
}) {sym_name = "tasks"} : () -> ()
