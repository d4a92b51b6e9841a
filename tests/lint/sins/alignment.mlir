// Rows that are 60 bytes apart begin anywhere in a beat of 64.
// FINDS: slow alignment: load x
// MEND: row_stride = 15 : i64 => row_stride = 16 : i64
"hls.kernel"() ({
  %x = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_x", channel = 0 : i64, channels = 1 : i64, elements = 61441 : i64, name = "x", role = "in", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %y = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_y", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "y", role = "out", block_elements = 0 : i64} : () -> !hls.memory<f32>
  "hls.phase"() ({
    %a = "hls.stream"() {depth = 64 : i64, name = "a", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    "hls.load_rows"(%x, %a) {cols = 16 : i64, label = "load x", offset = 0 : i64, row_stride = 15 : i64, rows = 4096 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.store_rows"(%a, %y) {cols = 16 : i64, label = "store y", offset = 0 : i64, row_stride = 16 : i64, rows = 4096 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.memory<f32>) -> ()
  }) {name = "phase0"} : () -> ()
}) {sym_name = "main"} : () -> ()
