// Small scratch that one task of each phase accesses becomes an array on chip; the ports of one tensor share a bank. A
// port that writes shares the bundle of one that reads, and a port of one phase that of another one, as long as both are of
// one width.
// CHECK: %[[buffer:.*]] = "hls.buffer"() {elements = 32 : i64, name = "softmax_buffer", storage = "ram_2p"}
// CHECK: "hls.port"() {arg = 0 : i64, bank = 0 : i64, {{.*}}bundle = "gmem0", {{.*}}elements = 32 : i64, name = "x"
// CHECK: "hls.store_rows"(%{{.*}}, %[[buffer]])
// CHECK: "hls.port"() {arg = 0 : i64, bank = 1 : i64, {{.*}}bundle = "gmem0", {{.*}}elements = 32 : i64, name = "out"
// CHECK: "hls.port"() {arg = 0 : i64, bank = 0 : i64, {{.*}}bundle = "gmem0", {{.*}}elements = 32 : i64, name = "x_1"
// CHECK: "hls.load_rows"(%[[buffer]], %{{.*}})
// CHECK-NOT: role = "scratch"
"hls.kernel"() ({
  %x = "hls.port"() {arg = 0 : i64, bank = -1 : i64, bundle = "", channel = 0 : i64, channels = 1 : i64, block_elements = 0 : i64, elements = 32 : i64, name = "x", role = "in"} : () -> !hls.memory<f32>
  %w = "hls.port"() {arg = 0 : i64, bank = -1 : i64, bundle = "", channel = 0 : i64, channels = 1 : i64, block_elements = 0 : i64, elements = 32 : i64, name = "softmax_scratch", role = "scratch"} : () -> !hls.memory<f32>
  "hls.phase"() ({
    %a = "hls.stream"() {depth = 4 : i64, name = "a", vectors = 4 : i64} : () -> !hls.fifo<f32, 8 : i32>
    "hls.load_rows"(%x, %a) {cols = 8 : i64, label = "load", offset = 0 : i64, row_stride = 8 : i64, rows = 4 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 8 : i32>) -> ()
    "hls.store_rows"(%a, %w) {cols = 8 : i64, label = "store", offset = 0 : i64, row_stride = 8 : i64, rows = 4 : i64} : (!hls.fifo<f32, 8 : i32>, !hls.memory<f32>) -> ()
  }) {name = "phase0"} : () -> ()
  %o = "hls.port"() {arg = 0 : i64, bank = -1 : i64, bundle = "", channel = 0 : i64, channels = 1 : i64, block_elements = 0 : i64, elements = 32 : i64, name = "out", role = "out"} : () -> !hls.memory<f32>
  %again = "hls.port"() {arg = 0 : i64, bank = -1 : i64, bundle = "", channel = 0 : i64, channels = 1 : i64, block_elements = 0 : i64, elements = 32 : i64, name = "x_1", role = "in"} : () -> !hls.memory<f32>
  "hls.phase"() ({
    %a = "hls.stream"() {depth = 4 : i64, name = "b", vectors = 4 : i64} : () -> !hls.fifo<f32, 8 : i32>
    %b = "hls.stream"() {depth = 4 : i64, name = "c", vectors = 4 : i64} : () -> !hls.fifo<f32, 8 : i32>
    "hls.load_rows"(%w, %a) {cols = 8 : i64, label = "load", offset = 0 : i64, row_stride = 8 : i64, rows = 4 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 8 : i32>) -> ()
    "hls.store_rows"(%a, %o) {cols = 8 : i64, label = "store", offset = 0 : i64, row_stride = 8 : i64, rows = 4 : i64} : (!hls.fifo<f32, 8 : i32>, !hls.memory<f32>) -> ()
    "hls.load_rows"(%again, %b) {cols = 8 : i64, label = "load", offset = 0 : i64, row_stride = 8 : i64, rows = 4 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 8 : i32>) -> ()
    "hls.fork"(%b) {label = "drain", operandSegmentSizes = array<i32: 1, 0>, vectors = 4 : i64} : (!hls.fifo<f32, 8 : i32>) -> ()
  }) {name = "phase1"} : () -> ()
}) {sym_name = "main"} : () -> ()
