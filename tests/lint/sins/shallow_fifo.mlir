// A softmax holds eighteen rows of 16 vectors back, and the FIFO beside it has room for 8.
// FINDS: error shallow-fifo: weigh
// MEND: depth = 8 : i64, name = "beside" => depth = 289 : i64, name = "beside"
"hls.kernel"() ({
  %x = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_x", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "x", role = "in", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %y = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_y", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "y", role = "out", block_elements = 0 : i64} : () -> !hls.memory<f32>
  "hls.phase"() ({
    %a = "hls.stream"() {depth = 64 : i64, name = "a", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %beside = "hls.stream"() {depth = 8 : i64, name = "beside", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %ahead = "hls.stream"() {depth = 8 : i64, name = "ahead", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %shares = "hls.stream"() {depth = 8 : i64, name = "shares", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %out = "hls.stream"() {depth = 8 : i64, name = "out", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    "hls.load_rows"(%x, %a) {cols = 256 : i64, label = "load x", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.fork"(%a, %beside, %ahead) {label = "fork a", operandSegmentSizes = array<i32: 1, 2>, vectors = 4096 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.softmax"(%ahead, %shares) {cols = 256 : i64, label = "softmax", max_cols = 256 : i64, rows = 256 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.map"(%out, %beside, %shares) ({
    ^bb0(%first: f32, %second: f32):
      %product = "mem.scalar"(%first, %second) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
      "mem.yield"(%product) : (f32) -> ()
    }) {label = "weigh", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 4096 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.store_rows"(%out, %y) {cols = 256 : i64, label = "store y", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.memory<f32>) -> ()
  }) {name = "phase0"} : () -> ()
}) {sym_name = "main"} : () -> ()
