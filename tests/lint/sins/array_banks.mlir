// Weights that come sixteen at a time into an array that is in one memory.
// FINDS: slow array-banks: mixed
// MEND: label = "mixed", rows = 4096 => label = "mixed", rows = 2
"hls.kernel"() ({
  %x = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_x", channel = 0 : i64, channels = 1 : i64, elements = 1048576 : i64, name = "x", role = "in", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %weights = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_weights", channel = 0 : i64, channels = 1 : i64, elements = 4096 : i64, name = "weights", role = "in", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %y = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_y", channel = 0 : i64, channels = 1 : i64, elements = 256 : i64, name = "y", role = "out", block_elements = 0 : i64} : () -> !hls.memory<f32>
  "hls.phase"() ({
    %a = "hls.stream"() {depth = 64 : i64, name = "a", vectors = 65536 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %w = "hls.stream"() {depth = 64 : i64, name = "w", vectors = 256 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %b = "hls.stream"() {depth = 8 : i64, name = "b", vectors = 16 : i64} : () -> !hls.fifo<f32, 16 : i32>
    "hls.load_rows"(%x, %a) {cols = 256 : i64, label = "load x", offset = 0 : i64, row_stride = 256 : i64, rows = 4096 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.load_rows"(%weights, %w) {cols = 4096 : i64, label = "load weights", offset = 0 : i64, row_stride = 4096 : i64, rows = 1 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.row_sum"(%a, %w, %b) {accumulator = f32, batches = 1 : i64, cols = 256 : i64, count = 1 : i64, label = "mixed", rows = 4096 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.store_rows"(%b, %y) {cols = 256 : i64, label = "store y", offset = 0 : i64, row_stride = 256 : i64, rows = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.memory<f32>) -> ()
  }) {name = "phase0"} : () -> ()
}) {sym_name = "main"} : () -> ()
