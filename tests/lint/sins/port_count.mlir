// Two tasks that read through one AXI bundle; that a third one writes through it does not matter.
// FINDS: slow port-count: x
// MEND: bundle = "gmem0", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "w" => bundle = "gmem1", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "w"
"hls.kernel"() ({
  %x = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem0", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "x", role = "in", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %w = "hls.port"() {arg = 1 : i64, bank = 1 : i64, bundle = "gmem0", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "w", role = "in", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %y = "hls.port"() {arg = 0 : i64, bank = 2 : i64, bundle = "gmem0", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "y", role = "out", block_elements = 0 : i64} : () -> !hls.memory<f32>
  "hls.phase"() ({
    %a = "hls.stream"() {depth = 64 : i64, name = "a", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %b = "hls.stream"() {depth = 64 : i64, name = "b", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %c = "hls.stream"() {depth = 64 : i64, name = "c", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    "hls.load_rows"(%x, %a) {cols = 256 : i64, label = "load x", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.load_rows"(%w, %b) {cols = 256 : i64, label = "load w", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.map"(%c, %a, %b) ({
    ^bb0(%s: f32, %t: f32):
      %st = "mem.scalar"(%s, %t) {fn = "add", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
      "mem.yield"(%st) : (f32) -> ()
    }) {label = "sum", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 4096 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.store_rows"(%c, %y) {cols = 256 : i64, label = "store y", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.memory<f32>) -> ()
  }) {name = "phase0"} : () -> ()
}) {sym_name = "main"} : () -> ()
