// A row of an input, and one that a map makes of inputs, are kept and repeated. What is made of a stage is not, nor a
// column, nor a part of a row.
// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[x:.*]]: tensor<4x8xf32>, %[[w:.*]]: tensor<1x8xf32>
// CHECK: %[[scaled:.*]] = "mem.map"(%[[w]])
// CHECK: %[[soft:.*]] = "mem.softmax"
// CHECK: %[[softs:.*]] = "mem.view"(%[[soft]]) {offset = 0 : i64, strides = [0, 1]}
// CHECK: %[[column:.*]] = "mem.view"(%[[x]]) {offset = 0 : i64, strides = [8, 0]}
// CHECK: %[[row:.*]] = "mem.view"(%[[w]]) {offset = 0 : i64, strides = [1]} : (tensor<1x8xf32>) -> tensor<8xf32>
// CHECK: %[[first:.*]] = "mem.repeat_row"(%[[row]]) : (tensor<8xf32>) -> tensor<4x8xf32>
// CHECK: %[[made:.*]] = "mem.view"(%[[scaled]])
// CHECK: %[[second:.*]] = "mem.repeat_row"(%[[made]])
// CHECK: "mem.map"(%[[x]], %[[first]], %[[second]], %[[softs]], %[[column]])
func.func @main(%x: tensor<4x8xf32>, %w: tensor<1x8xf32>, %v: tensor<8xf32>) -> tensor<4x8xf32> {
  %0 = "mem.map"(%w) ({
  ^bb0(%a: f32):
    %b = "mem.scalar"(%a) {fn = "neg", operandSegmentSizes = array<i32: 1, 0, 0>} : (f32) -> f32
    "mem.yield"(%b) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x8xf32>) -> tensor<1x8xf32>
  %1 = "mem.softmax"(%v) : (tensor<8xf32>) -> tensor<8xf32>
  %2 = "mem.view"(%w) {offset = 0 : i64, strides = [0, 1]} : (tensor<1x8xf32>) -> tensor<4x8xf32>
  %3 = "mem.view"(%0) {offset = 0 : i64, strides = [0, 1]} : (tensor<1x8xf32>) -> tensor<4x8xf32>
  %4 = "mem.view"(%1) {offset = 0 : i64, strides = [0, 1]} : (tensor<8xf32>) -> tensor<4x8xf32>
  %5 = "mem.view"(%x) {offset = 0 : i64, strides = [8, 0]} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %6 = "mem.map"(%x, %2, %3, %4, %5) ({
  ^bb0(%a: f32, %b: f32, %c: f32, %d: f32, %e: f32):
    %ab = "mem.scalar"(%a, %b) {fn = "add", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    %cd = "mem.scalar"(%c, %d) {fn = "add", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    %abcd = "mem.scalar"(%ab, %cd) {fn = "add", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    %all = "mem.scalar"(%abcd, %e) {fn = "add", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%all) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 0, 0>} : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %6 : tensor<4x8xf32>
}

// Beside a product whose vectors meet its matrix one by one a row is read again from memory, as the matrix is.
// CHECK-LABEL: func.func @one_by_one
// CHECK-NOT: mem.repeat_row
// CHECK: return
func.func @one_by_one(%k: tensor<1x6x8xf32>, %q: tensor<3x1x8xf32>, %s: tensor<6xf32>) -> tensor<3x6xf32> {
  %0 = "mem.view"(%k) {offset = 0 : i64, strides = [0, 8, 1]} : (tensor<1x6x8xf32>) -> tensor<3x6x8xf32>
  %1 = "mem.matmul"(%0, %q) : (tensor<3x6x8xf32>, tensor<3x1x8xf32>) -> tensor<3x6xf32>
  %2 = "mem.view"(%s) {offset = 0 : i64, strides = [0, 1]} : (tensor<6xf32>) -> tensor<3x6xf32>
  %3 = "mem.map"(%1, %2) ({
  ^bb0(%x: f32, %y: f32):
    %xy = "mem.scalar"(%x, %y) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%xy) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>} : (tensor<3x6xf32>, tensor<3x6xf32>) -> tensor<3x6xf32>
  return %3 : tensor<3x6xf32>
}
