// A stream with two readers.
// FINDS: error stream-ends: store z
// MEND: %a, %z => %b, %z
"hls.kernel"() ({
  %x = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_x", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "x", role = "in", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %y = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_y", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "y", role = "out", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %z = "hls.port"() {arg = 1 : i64, bank = 0 : i64, bundle = "gmem_z", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "z", role = "out", block_elements = 0 : i64} : () -> !hls.memory<f32>
  "hls.phase"() ({
    %a = "hls.stream"() {depth = 64 : i64, name = "a", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %b = "hls.stream"() {depth = 64 : i64, name = "b", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    "hls.load_rows"(%x, %b) {cols = 256 : i64, label = "load x", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.load_rows"(%x, %a) {cols = 256 : i64, label = "load x", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.store_rows"(%a, %y) {cols = 256 : i64, label = "store y", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.memory<f32>) -> ()
    "hls.store_rows"(%a, %z) {cols = 256 : i64, label = "store z", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.memory<f32>) -> ()
  }) {name = "phase0"} : () -> ()
}) {sym_name = "main"} : () -> ()
