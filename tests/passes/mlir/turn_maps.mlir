// A map that reads the transposed result of a stage, and a number a row, gives the transposed one instead; so does the
// next, and who transposes it back reads it as it is. Beside a whole matrix a map is left as it is.
// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[x:.*]]: tensor<3x4xf32>, %[[s:.*]]: tensor<4xf32>, %[[y:.*]]: tensor<4x3xf32>
// CHECK: %[[soft:.*]] = "mem.softmax"(%[[x]])
// CHECK: %[[row:.*]] = "mem.view"(%[[s]]) {offset = 0 : i64, strides = [0, 1]} : (tensor<4xf32>) -> tensor<3x4xf32>
// CHECK: %[[scaled:.*]] = "mem.map"(%[[soft]], %[[row]])
// CHECK: (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
// CHECK: %[[twice:.*]] = "mem.map"(%[[scaled]])
// CHECK: "mem.softmax"(%[[twice]]) : (tensor<3x4xf32>) -> tensor<3x4xf32>
// CHECK: "mem.map"(%{{.*}}, %[[y]])
// CHECK: (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
func.func @main(%x: tensor<3x4xf32>, %s: tensor<4xf32>, %y: tensor<4x3xf32>) -> (tensor<3x4xf32>, tensor<4x3xf32>) {
  %0 = "mem.softmax"(%x) : (tensor<3x4xf32>) -> tensor<3x4xf32>
  %1 = "mem.view"(%0) {offset = 0 : i64, strides = [1, 4]} : (tensor<3x4xf32>) -> tensor<4x3xf32>
  %2 = "mem.view"(%s) {offset = 0 : i64, strides = [1, 0]} : (tensor<4xf32>) -> tensor<4x3xf32>
  %3 = "mem.map"(%1, %2) ({
  ^bb0(%a: f32, %b: f32):
    %ab = "mem.scalar"(%a, %b) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%ab) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>} : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  %4 = "mem.map"(%3) ({
  ^bb0(%a: f32):
    %aa = "mem.scalar"(%a, %a) {fn = "add", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%aa) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x3xf32>) -> tensor<4x3xf32>
  %5 = "mem.view"(%4) {offset = 0 : i64, strides = [1, 3]} : (tensor<4x3xf32>) -> tensor<3x4xf32>
  %6 = "mem.softmax"(%5) : (tensor<3x4xf32>) -> tensor<3x4xf32>
  %7 = "mem.map"(%1, %y) ({
  ^bb0(%a: f32, %b: f32):
    %ab = "mem.scalar"(%a, %b) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%ab) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>} : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  return %6, %7 : tensor<3x4xf32>, tensor<4x3xf32>
}
