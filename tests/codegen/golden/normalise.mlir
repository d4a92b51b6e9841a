module {
  "hls.kernel"() ({
    %0 = "hls.buffer"() {elements = 240 : i64, name = "normed_buffer", storage = "ram_2p"} : () -> !hls.memory<f32>
    %1 = "hls.buffer"() {elements = 6 : i64, name = "centred_buffer", storage = "ram_2p"} : () -> !hls.memory<f32>
    %2 = "hls.port"() {arg = 0 : i64, bank = 0 : i64, block_elements = 0 : i64, bundle = "gmem0", channel = 0 : i64, channels = 1 : i64, elements = 240 : i64, name = "x", role = "in"} : () -> !hls.memory<f32>
    "hls.phase"() ({
      %6 = "hls.stream"() {depth = 18 : i64, name = "x_stream", vectors = 18 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %7 = "hls.stream"() {depth = 6 : i64, name = "centred_stream", vectors = 6 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %8 = "hls.stream"() {depth = 6 : i64, name = "centred_stream_1", vectors = 6 : i64} : () -> !hls.fifo<f32, 1 : i32>
      "hls.load_rows"(%2, %6) {cols = 40 : i64, label = "load x", offset = 0 : i64, row_stride = 40 : i64, rows = 6 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.reduce"(%6, %7) {cols = 40 : i64, kind = "sum", label = "centred", out_cols = 1 : i64, rows = 6 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.map"(%8, %7) ({
      ^bb0(%arg0: f32):
        %cst = arith.constant 4.000000e+01 : f32
        %9 = "mem.scalar"(%arg0, %cst) {fn = "div", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%9) : (f32) -> ()
      }) {label = "centred", operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0>, vectors = 6 : i64} : (!hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.store_rows"(%8, %1) {cols = 1 : i64, label = "store centred", offset = 0 : i64, row_stride = 1 : i64, rows = 6 : i64} : (!hls.fifo<f32, 1 : i32>, !hls.memory<f32>) -> ()
    }) {name = "phase0"} : () -> ()
    %3 = "hls.port"() {arg = 0 : i64, bank = 0 : i64, block_elements = 0 : i64, bundle = "gmem0", channel = 0 : i64, channels = 1 : i64, elements = 240 : i64, name = "x_1", role = "in"} : () -> !hls.memory<f32>
    %4 = "hls.port"() {arg = 1 : i64, bank = 1 : i64, block_elements = 0 : i64, bundle = "gmem1", channel = 0 : i64, channels = 1 : i64, elements = 40 : i64, name = "weight", role = "in"} : () -> !hls.memory<f32>
    "hls.phase"() ({
      %6 = "hls.stream"() {depth = 18 : i64, name = "x_stream_1", vectors = 18 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %7 = "hls.stream"() {depth = 18 : i64, name = "centred_stream_2", vectors = 18 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %8 = "hls.stream"() {depth = 2 : i64, name = "centred_stream_3", vectors = 18 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %9 = "hls.stream"() {depth = 3 : i64, name = "weight_stream", vectors = 3 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %10 = "hls.stream"() {depth = 2 : i64, name = "normed_stream", vectors = 18 : i64} : () -> !hls.fifo<f32, 16 : i32>
      "hls.load_rows"(%3, %6) {cols = 40 : i64, label = "load x", offset = 0 : i64, row_stride = 40 : i64, rows = 6 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_strided"(%1, %7) {label = "load centred", offset = 0 : i64, sizes = [6, 40], strides = [1, 0]} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%8, %6, %7) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %11 = "mem.scalar"(%arg0, %arg1) {fn = "sub", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%11) : (f32) -> ()
      }) {label = "centred", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 18 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_rows"(%4, %9) {cols = 40 : i64, label = "load weight", offset = 0 : i64, row_stride = 0 : i64, rows = 1 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.layer_norm"(%8, %10, %9) {cols = 40 : i64, eps = 9.99999974E-6 : f32, label = "normed", max_cols = 64 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0>, rows = 6 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.store_rows"(%10, %0) {cols = 40 : i64, label = "store normed", offset = 0 : i64, row_stride = 40 : i64, rows = 6 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.memory<f32>) -> ()
    }) {name = "phase1"} : () -> ()
    %5 = "hls.port"() {arg = 0 : i64, bank = 2 : i64, block_elements = 0 : i64, bundle = "gmem0", channel = 0 : i64, channels = 1 : i64, elements = 240 : i64, name = "cumsum_out", role = "out"} : () -> !hls.memory<f32>
    "hls.phase"() ({
      %6 = "hls.stream"() {depth = 40 : i64, name = "normed_stream_1", vectors = 40 : i64} : () -> !hls.fifo<f32, 8 : i32>
      %7 = "hls.stream"() {depth = 2 : i64, name = "cumsum_stream", vectors = 40 : i64} : () -> !hls.fifo<f32, 8 : i32>
      "hls.load_strided"(%0, %6) {label = "load normed", offset = 0 : i64, sizes = [40, 6], strides = [1, 40]} : (!hls.memory<f32>, !hls.fifo<f32, 8 : i32>) -> ()
      "hls.cumsum"(%6, %7) {cols = 6 : i64, label = "cumsum", rows = 40 : i64} : (!hls.fifo<f32, 8 : i32>, !hls.fifo<f32, 8 : i32>) -> ()
      "hls.store_rows"(%7, %5) {cols = 6 : i64, label = "store cumsum", offset = 0 : i64, row_stride = 6 : i64, rows = 40 : i64} : (!hls.fifo<f32, 8 : i32>, !hls.memory<f32>) -> ()
    }) {name = "phase2"} : () -> ()
  }) {sym_name = "normalise"} : () -> ()
}
