// Sixteen lanes into one memory of two ports.
// FINDS: slow buffer-ports: store kept
// MEND: "hls.store_rows"(%a, %kept) => "hls.store_rows"(%a, %y)
"hls.kernel"() ({
  %kept = "hls.buffer"() {elements = 65536 : i64, name = "kept", storage = "uram"} : () -> !hls.memory<f32>
  %x = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_x", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "x", role = "in", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %y = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_y", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "y", role = "out", block_elements = 0 : i64} : () -> !hls.memory<f32>
  "hls.phase"() ({
    %a = "hls.stream"() {depth = 64 : i64, name = "a", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    "hls.load_rows"(%x, %a) {cols = 256 : i64, label = "load x", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.store_rows"(%a, %kept) {cols = 256 : i64, label = "store kept", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.memory<f32>) -> ()
  }) {name = "phase0"} : () -> ()
}) {sym_name = "main"} : () -> ()
