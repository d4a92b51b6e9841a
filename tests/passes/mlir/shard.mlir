// A product of a large matrix and a vector, the scale of each row and the selection behind it work on blocks of rows, over
// the ports that the others leave. Two chains share them. One ends behind its product if what follows is no selection,
// or keeps too many. A small matrix stays whole.
// CHECK: "mem.matmul"(%{{.*}}) {block_rows = 160 : i64, blocks = 13 : i64
// CHECK: }) {block_rows = 160 : i64, blocks = 13 : i64, flow = [1, 0]
// CHECK: "mem.topk"(%{{.*}}) {block_rows = 160 : i64, blocks = 13 : i64
// CHECK: "mem.matmul"(%{{.*}}) {block_rows = 160 : i64, blocks = 13 : i64
// CHECK: "mem.topk"(%{{.*}}) {flow
// CHECK: "mem.matmul"(%{{.*}}) {flow
func.func @main(%k: tensor<1x2048x128xf32>, %q: tensor<1x1x128xf32>, %s: tensor<2048xf32>, %w: tensor<1x64x128xf32>) -> (tensor<8xf32>, tensor<8xi64>, tensor<256xi64>, tensor<64xf32>) {
  %0 = "mem.matmul"(%k, %q) {flow = [0, 0], phase = 0 : i64} : (tensor<1x2048x128xf32>, tensor<1x1x128xf32>) -> tensor<2048xf32>
  %1 = "mem.map"(%0, %s) ({
  ^bb0(%x: f32, %y: f32):
    %xy = "mem.scalar"(%x, %y) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%xy) : (f32) -> ()
  }) {flow = [1, 0], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>, phase = 0 : i64} : (tensor<2048xf32>, tensor<2048xf32>) -> tensor<2048xf32>
  %2:2 = "mem.topk"(%1) {flow = [1], largest = 1 : i64, phase = 0 : i64, sorted = 1 : i64} : (tensor<2048xf32>) -> (tensor<8xf32>, tensor<8xi64>)
  %3 = "mem.matmul"(%k, %q) {flow = [0, 0], phase = 0 : i64} : (tensor<1x2048x128xf32>, tensor<1x1x128xf32>) -> tensor<2048xf32>
  %4:2 = "mem.topk"(%3) {flow = [1], largest = 1 : i64, phase = 0 : i64, sorted = 1 : i64} : (tensor<2048xf32>) -> (tensor<256xf32>, tensor<256xi64>)
  %5 = "mem.matmul"(%w, %q) {flow = [0, 0], phase = 0 : i64} : (tensor<1x64x128xf32>, tensor<1x1x128xf32>) -> tensor<64xf32>
  return %2#0, %2#1, %4#1, %5 : tensor<8xf32>, tensor<8xi64>, tensor<256xi64>, tensor<64xf32>
}

// Chains of a phase have ports by the roots of their matrices. Another phase has all ports anew.
// CHECK: func.func @phases
// CHECK: "mem.matmul"(%{{.*}}) {block_rows = 416 : i64, blocks = 20 : i64
// CHECK: "mem.matmul"(%{{.*}}) {block_rows = 208 : i64, blocks = 10 : i64
// CHECK: "mem.matmul"(%{{.*}}) {block_rows = 80 : i64, blocks = 26 : i64
func.func @phases(%k: tensor<1x8192x128xf32>, %s: tensor<1x2048x128xf32>, %q: tensor<1x1x128xf32>) -> (tensor<8192xf32>, tensor<2048xf32>, tensor<2048xf32>) {
  %0 = "mem.matmul"(%k, %q) {flow = [0, 0], phase = 0 : i64} : (tensor<1x8192x128xf32>, tensor<1x1x128xf32>) -> tensor<8192xf32>
  %1 = "mem.matmul"(%s, %q) {flow = [0, 0], phase = 0 : i64} : (tensor<1x2048x128xf32>, tensor<1x1x128xf32>) -> tensor<2048xf32>
  %2 = "mem.matmul"(%s, %q) {flow = [0, 0], phase = 1 : i64} : (tensor<1x2048x128xf32>, tensor<1x1x128xf32>) -> tensor<2048xf32>
  return %0, %1, %2 : tensor<8192xf32>, tensor<2048xf32>, tensor<2048xf32>
}

// Vectors that meet a matrix one after the other: the chain works on its blocks as many times, the scales of rows too.
// CHECK: func.func @one_by_one
// CHECK: "mem.matmul"(%{{.*}}) {block_rows = 80 : i64, blocks = 26 : i64, flow = [0, 0], phase = 0 : i64, times = 3 : i64}
// CHECK: }) {block_rows = 80 : i64, blocks = 26 : i64, flow = [1, 0]
// CHECK: "mem.topk"(%{{.*}}) {block_rows = 80 : i64, blocks = 26 : i64
func.func @one_by_one(%k: tensor<1x2048x128xf32>, %q: tensor<3x1x128xf32>, %s: tensor<2048xf32>) -> tensor<3x8xi64> {
  %0 = "mem.view"(%k) {offset = 0 : i64, strides = [0, 128, 1]} : (tensor<1x2048x128xf32>) -> tensor<3x2048x128xf32>
  %1 = "mem.matmul"(%0, %q) {flow = [0, 0], phase = 0 : i64} : (tensor<3x2048x128xf32>, tensor<3x1x128xf32>) -> tensor<3x2048xf32>
  %2 = "mem.view"(%s) {offset = 0 : i64, strides = [0, 1]} : (tensor<2048xf32>) -> tensor<3x2048xf32>
  %3 = "mem.map"(%1, %2) ({
  ^bb0(%x: f32, %y: f32):
    %xy = "mem.scalar"(%x, %y) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%xy) : (f32) -> ()
  }) {flow = [1, 0], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>, phase = 0 : i64} : (tensor<3x2048xf32>, tensor<3x2048xf32>) -> tensor<3x2048xf32>
  %4:2 = "mem.topk"(%3) {flow = [1], largest = 1 : i64, phase = 0 : i64, sorted = 1 : i64} : (tensor<3x2048xf32>) -> (tensor<3x8xf32>, tensor<3x8xi64>)
  return %4#1 : tensor<3x8xi64>
}
