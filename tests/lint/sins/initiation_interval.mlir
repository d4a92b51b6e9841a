// Sums of floats of rows of one vector: each addition waits for that of the row before.
// FINDS: slow initiation-interval: total
// MEND: accumulator = f32 => accumulator = i32
"hls.kernel"() ({
  %x = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_x", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "x", role = "in", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %w = "hls.port"() {arg = 1 : i64, bank = 2 : i64, bundle = "gmem_w", channel = 0 : i64, channels = 1 : i64, elements = 4096 : i64, name = "w", role = "in", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %y = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_y", channel = 0 : i64, channels = 1 : i64, elements = 16 : i64, name = "y", role = "out", block_elements = 0 : i64} : () -> !hls.memory<f32>
  "hls.phase"() ({
    %a = "hls.stream"() {depth = 64 : i64, name = "a", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %b = "hls.stream"() {depth = 8 : i64, name = "b", vectors = 1 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %v = "hls.stream"() {depth = 64 : i64, name = "v", vectors = 256 : i64} : () -> !hls.fifo<f32, 16 : i32>
    "hls.load_rows"(%x, %a) {cols = 65536 : i64, label = "load x", offset = 0 : i64, row_stride = 65536 : i64, rows = 1 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.load_rows"(%w, %v) {cols = 4096 : i64, label = "load w", offset = 0 : i64, row_stride = 4096 : i64, rows = 1 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.row_sum"(%a, %v, %b) {accumulator = f32, batches = 1 : i64, cols = 16 : i64, count = 1 : i64, label = "total", rows = 4096 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.store_rows"(%b, %y) {cols = 16 : i64, label = "store y", offset = 0 : i64, row_stride = 16 : i64, rows = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.memory<f32>) -> ()
  }) {name = "phase0"} : () -> ()
}) {sym_name = "main"} : () -> ()
