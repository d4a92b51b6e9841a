// The best of a row too long to keep: a heap in one memory, which a vector's lanes meet one behind the other.
// FINDS: slow array-banks: best
// MEND: sorted = 1 : i64, k = 2048 => sorted = 1 : i64, k = 16
"hls.kernel"() ({
  %x = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_x", channel = 0 : i64, channels = 1 : i64, elements = 16777216 : i64, name = "x", role = "in", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %y = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_y", channel = 0 : i64, channels = 1 : i64, elements = 2048 : i64, name = "y", role = "out", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %z = "hls.port"() {arg = 1 : i64, bank = 1 : i64, bundle = "gmem_z", channel = 0 : i64, channels = 1 : i64, elements = 2048 : i64, name = "z", role = "out", block_elements = 0 : i64} : () -> !hls.memory<i64>
  "hls.phase"() ({
    %a = "hls.stream"() {depth = 64 : i64, name = "a", vectors = 1048576 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %b = "hls.stream"() {depth = 8 : i64, name = "b", vectors = 128 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %i = "hls.stream"() {depth = 8 : i64, name = "i", vectors = 128 : i64} : () -> !hls.fifo<i64, 16 : i32>
    "hls.load_rows"(%x, %a) {cols = 16777216 : i64, label = "load x", offset = 0 : i64, row_stride = 0 : i64, rows = 1 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.topk"(%a, %b, %i) {cols = 16777216 : i64, label = "best", largest = 1 : i64, rows = 1 : i64, sorted = 1 : i64, k = 2048 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<i64, 16 : i32>) -> ()
    "hls.store_rows"(%b, %y) {cols = 2048 : i64, label = "store y", offset = 0 : i64, row_stride = 0 : i64, rows = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.memory<f32>) -> ()
    "hls.store_rows"(%i, %z) {cols = 2048 : i64, label = "store z", offset = 0 : i64, row_stride = 0 : i64, rows = 1 : i64} : (!hls.fifo<i64, 16 : i32>, !hls.memory<i64>) -> ()
  }) {name = "phase0"} : () -> ()
}) {sym_name = "main"} : () -> ()
