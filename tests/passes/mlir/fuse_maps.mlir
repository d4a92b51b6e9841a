// A chain becomes one map; a map that two stages read stays. A constant becomes part of each map that reads it.
// CHECK: %[[exp:.*]] = "mem.map"(%{{.*}}) ({
// CHECK: fn = "exp"
// CHECK: }) {{.*}} (tensor<4x8xf32>) -> tensor<4x8xf32>
// CHECK: "mem.map"(%[[exp]], %{{.*}}) ({
// CHECK-NEXT: ^bb0(%[[a:.*]]: f32, %[[b:.*]]: f32):
// CHECK-NEXT: %[[sum:.*]] = "mem.scalar"(%[[a]], %[[b]]) {fn = "add"
// CHECK-NEXT: %[[tanh:.*]] = "mem.scalar"(%[[sum]]) {fn = "tanh"
// CHECK-NEXT: "mem.yield"(%[[tanh]])
// CHECK: "mem.softmax"(%[[exp]])
// CHECK: %[[scaled:.*]] = "mem.map"(%arg1) ({
// CHECK-NEXT: ^bb0(%[[c:.*]]: f32):
// CHECK: "mem.scalar"(%[[c]], %{{.*}}) {fn = "mul"
// CHECK: return %{{.*}}, %{{.*}}, %[[scaled]]
func.func @main(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = "mem.map"(%x) ({
  ^bb0(%a: f32):
    %r = "mem.scalar"(%a) {fn = "exp", operandSegmentSizes = array<i32: 1, 0, 0>} : (f32) -> f32
    "mem.yield"(%r) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = "mem.map"(%0, %y) ({
  ^bb0(%a: f32, %b: f32):
    %r = "mem.scalar"(%a, %b) {fn = "add", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%r) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = "mem.map"(%1) ({
  ^bb0(%a: f32):
    %r = "mem.scalar"(%a) {fn = "tanh", operandSegmentSizes = array<i32: 1, 0, 0>} : (f32) -> f32
    "mem.yield"(%r) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %3 = "mem.softmax"(%0) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %4 = "mem.iota"() : () -> tensor<i64>
  %5 = "mem.map"(%4) ({
  ^bb0(%a: i64):
    %two = arith.constant 2.0 : f32
    "mem.yield"(%two) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>} : (tensor<i64>) -> tensor<f32>
  %6 = "mem.view"(%5) {offset = 0 : i64, strides = [0, 0]} : (tensor<f32>) -> tensor<4x8xf32>
  %7 = "mem.map"(%y, %6) ({
  ^bb0(%a: f32, %b: f32):
    %r = "mem.scalar"(%a, %b) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%r) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>} : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %2, %3, %7 : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}
