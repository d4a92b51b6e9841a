// An argument and a turned value are copied before they are returned or joined; a stage's own value is not.
// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[x:.*]]: tensor<4x8xf32>)
// CHECK: %[[soft:.*]] = "mem.softmax"(%[[x]])
// CHECK: %[[copied:.*]] = "mem.map"(%[[x]])
// CHECK: %[[joined:.*]] = "mem.concat"(%[[soft]], %[[copied]])
// CHECK: %[[turned:.*]] = "mem.view"(%[[soft]])
// CHECK: %[[laid:.*]] = "mem.map"(%[[turned]])
// CHECK: return %[[joined]], %[[laid]]
func.func @main(%x: tensor<4x8xf32>) -> (tensor<8x8xf32>, tensor<8x4xf32>) {
  %0 = "mem.softmax"(%x) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = "mem.concat"(%0, %x) {axis = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
  %2 = "mem.view"(%0) {offset = 0 : i64, strides = [1, 8]} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  return %1, %2 : tensor<8x8xf32>, tensor<8x4xf32>
}
