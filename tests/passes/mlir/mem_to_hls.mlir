// Stages become tasks, values streams; what a later phase reads goes through scratch. Each task of a phase has its own
// port, and both phases share the first one of the scratch.
// CHECK: "hls.port"() {arg = 0 : i64, {{.*}}elements = 32 : i64, name = "x", role = "in"
// CHECK: %[[scratch:.*]] = "hls.port"() {arg = 0 : i64, {{.*}}name = "softmax_scratch", role = "scratch"
// CHECK: "hls.phase"() ({
// CHECK: %[[in:.*]] = "hls.stream"() {{.*}}vectors = 4 : i64} : () -> !hls.fifo<f32, 8 : i32>
// CHECK: "hls.load_vectors"(%{{.*}}, %[[in]]) {count = 4 : i64, label = "load x"}
// CHECK: "hls.softmax"(%[[in]], %[[out:.*]]) {cols = 8 : i64, label = "softmax", max_cols = 8 : i64, rows = 4 : i64}
// CHECK: "hls.store_rows"(%[[out]], %[[scratch]])
// CHECK: {name = "phase0"}
// CHECK: name = "cumsum_out", role = "out"
// CHECK: %[[second:.*]] = "hls.port"() {arg = 0 : i64, {{.*}}name = "softmax_scratch_1", role = "scratch"
// CHECK: "hls.load_strided"(%[[scratch]], %{{.*}}) {label = "load softmax", offset = 0 : i64, sizes = [8, 4], strides = [1, 8]}
// CHECK: "hls.cumsum"
// CHECK: "hls.load_rows"(%[[second]], %{{.*}})
// CHECK: "hls.softmax"
// CHECK: {name = "phase1"}
// CHECK: {sym_name = "main"}
func.func @main(%x: tensor<4x8xf32> {fpga.name = "x"}) -> (tensor<8x4xf32>, tensor<4x8xf32>) {
  %0 = "mem.softmax"(%x) {flow = [0], phase = 0 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = "mem.view"(%0) {offset = 0 : i64, strides = [1, 8]} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  %2 = "mem.cumsum"(%1) {flow = [0], phase = 1 : i64} : (tensor<8x4xf32>) -> tensor<8x4xf32>
  %3 = "mem.softmax"(%0) {flow = [0], phase = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %2, %3 : tensor<8x4xf32>, tensor<4x8xf32>
}
