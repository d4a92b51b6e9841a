// What works on rows apart, joined by streams, is split together, and what a stage gives for each row with it; the weight
// of a norm stays whole. A small tensor is not split, nor one that is read in another order, nor what a later phase reads,
// nor what reads nothing.
// CHECK: "mem.map"(%{{.*}}) ({
// CHECK: }) {block_rows = 80 : i64, flow = [0], {{.*}}phase = 0 : i64, row_blocks = 13 : i64, row_group = 0 : i64}
// CHECK: "mem.rms_norm"(%{{.*}}, %{{.*}}) {block_rows = 80 : i64, eps = {{.*}}, flow = [1, 0], {{.*}}row_blocks = 13 : i64, row_group = 0 : i64}
// CHECK: "mem.reduce"(%{{.*}}) {block_rows = 80 : i64, flow = [1], kind = "sum", phase = 0 : i64, row_blocks = 13 : i64, row_group = 0 : i64}
// CHECK: "mem.softmax"(%{{.*}}) {flow = [0], phase = 0 : i64}
// CHECK: "mem.softmax"(%{{.*}}) {flow = [0], phase = 0 : i64}
// CHECK: "mem.softmax"(%{{.*}}) {flow = [0], phase = 0 : i64}
// CHECK: "mem.softmax"(%{{.*}}) {flow = [0], phase = 1 : i64}
// CHECK: "mem.iota"() {flow = [], phase = 0 : i64}
func.func @main(%x: tensor<1040x512xf32>, %w: tensor<512xf32>, %small: tensor<64x512xf32>) -> (tensor<1040x512xf32>, tensor<1040xf32>, tensor<64x512xf32>, tensor<512x1040xf32>, tensor<512x1040xf32>, tensor<1040xi64>) {
  %0 = "mem.map"(%x) ({
  ^bb0(%a: f32):
    %aa = "mem.scalar"(%a, %a) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%aa) : (f32) -> ()
  }) {flow = [0], operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>, phase = 0 : i64} : (tensor<1040x512xf32>) -> tensor<1040x512xf32>
  %1 = "mem.rms_norm"(%0, %w) {eps = 1.0e-5 : f32, flow = [1, 0], operandSegmentSizes = array<i32: 1, 1>, phase = 0 : i64} : (tensor<1040x512xf32>, tensor<512xf32>) -> tensor<1040x512xf32>
  %2 = "mem.reduce"(%1) {flow = [1], kind = "sum", phase = 0 : i64} : (tensor<1040x512xf32>) -> tensor<1040xf32>
  %3 = "mem.softmax"(%small) {flow = [0], phase = 0 : i64} : (tensor<64x512xf32>) -> tensor<64x512xf32>
  %4 = "mem.view"(%x) {offset = 0 : i64, strides = [1, 512]} : (tensor<1040x512xf32>) -> tensor<512x1040xf32>
  %5 = "mem.softmax"(%4) {flow = [0], phase = 0 : i64} : (tensor<512x1040xf32>) -> tensor<512x1040xf32>
  %6 = "mem.softmax"(%x) {flow = [0], phase = 0 : i64} : (tensor<1040x512xf32>) -> tensor<1040x512xf32>
  %7 = "mem.view"(%6) {offset = 0 : i64, strides = [1, 512]} : (tensor<1040x512xf32>) -> tensor<512x1040xf32>
  %8 = "mem.softmax"(%7) {flow = [0], phase = 1 : i64} : (tensor<512x1040xf32>) -> tensor<512x1040xf32>
  %9 = "mem.iota"() {flow = [], phase = 0 : i64} : () -> tensor<1040xi64>
  return %1, %2, %3, %5, %8, %9 : tensor<1040x512xf32>, tensor<1040xf32>, tensor<64x512xf32>, tensor<512x1040xf32>, tensor<512x1040xf32>, tensor<1040xi64>
}
