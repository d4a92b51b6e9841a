// A FIFO after a memory read hides its latency, up to all that passes; one that must hold everything keeps its depth. One
// of wide vectors between tasks holds two of them.
// CHECK: depth = 64 : i64, name = "from_memory"
// CHECK: depth = 2 : i64, name = "between"
// CHECK: depth = 512 : i64, name = "whole"
// CHECK: depth = 8 : i64, name = "narrow"
"hls.kernel"() ({
  %port = "hls.port"() {arg = 0 : i64, bank = -1 : i64, bundle = "", channel = 0 : i64, channels = 1 : i64, block_elements = 0 : i64, elements = 8192 : i64, name = "x", role = "in"} : () -> !hls.memory<f32>
  "hls.phase"() ({
    %a = "hls.stream"() {depth = 1 : i64, name = "from_memory", vectors = 512 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %b = "hls.stream"() {depth = 1 : i64, name = "between", vectors = 512 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %c = "hls.stream"() {depth = 512 : i64, name = "whole", vectors = 512 : i64} : () -> !hls.fifo<f32, 16 : i32>
    %d = "hls.stream"() {depth = 1 : i64, name = "narrow", vectors = 64 : i64} : () -> !hls.fifo<f32, 1 : i32>
    "hls.load_rows"(%port, %a) {cols = 128 : i64, label = "load x", offset = 0 : i64, row_stride = 128 : i64, rows = 64 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.softmax"(%a, %b) {cols = 128 : i64, label = "softmax", max_cols = 128 : i64, rows = 64 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.cumsum"(%b, %c) {cols = 128 : i64, label = "cumsum", rows = 64 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.reduce"(%c, %d) {cols = 128 : i64, kind = "sum", label = "sum", out_cols = 64 : i64, rows = 64 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
  }) {name = "phase0"} : () -> ()
}) {sym_name = "main"} : () -> ()
