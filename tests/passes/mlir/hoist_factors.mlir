// A scale a row goes behind the product, in the shape in which the product is read, and the matrix stays narrow.
// CHECK-LABEL: func.func @rows
// CHECK-SAME: (%[[keys:.*]]: tensor<64x16xi8>, %[[scales:.*]]: tensor<64xf32>, %[[q:.*]]: tensor<1x1x16xf32>)
// CHECK: %[[wide:.*]] = "mem.map"(%[[keys]]) ({
// CHECK: fn = "cast"
// CHECK: %[[matrix:.*]] = "mem.view"(%[[wide]]) {offset = 0 : i64, strides = [0, 16, 1]}
// CHECK: %[[product:.*]] = "mem.matmul"(%[[matrix]], %[[q]])
// CHECK: %[[flat:.*]] = "mem.view"(%[[product]]) {offset = 0 : i64, strides = [1]}
// CHECK: %[[scores:.*]] = "mem.map"(%[[flat]], %[[scales]]) ({
// CHECK: fn = "mul"
// CHECK: "mem.topk"(%[[scores]])
func.func @rows(%keys: tensor<64x16xi8>, %scales: tensor<64xf32>, %q: tensor<1x1x16xf32>) -> tensor<8xf32> {
  %0 = "mem.view"(%scales) {offset = 0 : i64, strides = [1, 0]} : (tensor<64xf32>) -> tensor<64x16xf32>
  %1 = "mem.map"(%keys, %0) ({
  ^bb0(%k: i8, %s: f32):
    %x = "mem.scalar"(%k) {fn = "cast", operandSegmentSizes = array<i32: 1, 0, 0>} : (i8) -> f32
    %y = "mem.scalar"(%x, %s) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%y) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>} : (tensor<64x16xi8>, tensor<64x16xf32>) -> tensor<64x16xf32>
  %2 = "mem.view"(%1) {offset = 0 : i64, strides = [0, 16, 1]} : (tensor<64x16xf32>) -> tensor<1x64x16xf32>
  %3 = "mem.matmul"(%2, %q) : (tensor<1x64x16xf32>, tensor<1x1x16xf32>) -> tensor<1x64x1xf32>
  %4 = "mem.view"(%3) {offset = 0 : i64, strides = [1]} : (tensor<1x64x1xf32>) -> tensor<64xf32>
  %5:2 = "mem.topk"(%4) {largest = 1 : i64, sorted = 1 : i64} : (tensor<64xf32>) -> (tensor<8xf32>, tensor<8xi64>)
  return %5#0 : tensor<8xf32>
}
// A factor that was converted is read as narrow as it is.
// CHECK-LABEL: func.func @converted
// CHECK-SAME: (%{{.*}}: tensor<1x64x16xf32>, %[[scales:.*]]: tensor<64xf16>,
// CHECK: "mem.map"(%{{.*}}, %[[scales]]) ({
// CHECK-NEXT: ^bb0(%[[x:.*]]: f32, %[[s:.*]]: f16):
// CHECK-NEXT: %[[wide:.*]] = "mem.scalar"(%[[s]]) {fn = "cast"
// CHECK-NEXT: "mem.scalar"(%[[x]], %[[wide]]) {fn = "mul"
// CHECK: }) {{.*}} : (tensor<64xf32>, tensor<64xf16>)
func.func @converted(%keys: tensor<1x64x16xf32>, %scales: tensor<64xf16>, %q: tensor<1x1x16xf32>) -> tensor<64xf32> {
  %0 = "mem.view"(%scales) {offset = 0 : i64, strides = [1, 0]} : (tensor<64xf16>) -> tensor<64x1xf16>
  %1 = "mem.map"(%0) ({
  ^bb0(%x: f16):
    %y = "mem.scalar"(%x) {fn = "cast", operandSegmentSizes = array<i32: 1, 0, 0>} : (f16) -> f32
    "mem.yield"(%y) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>} : (tensor<64x1xf16>) -> tensor<64x1xf32>
  %2 = "mem.view"(%1) {offset = 0 : i64, strides = [0, 1, 0]} : (tensor<64x1xf32>) -> tensor<1x64x16xf32>
  %3 = "mem.map"(%keys, %2) ({
  ^bb0(%k: f32, %s: f32):
    %y = "mem.scalar"(%k, %s) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%y) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>} : (tensor<1x64x16xf32>, tensor<1x64x16xf32>) -> tensor<1x64x16xf32>
  %4 = "mem.matmul"(%3, %q) : (tensor<1x64x16xf32>, tensor<1x1x16xf32>) -> tensor<1x64x1xf32>
  %5 = "mem.view"(%4) {offset = 0 : i64, strides = [1]} : (tensor<1x64x1xf32>) -> tensor<64xf32>
  return %5 : tensor<64xf32>
}
// Of a sum of weighted rows, a factor a row goes into the weights, and a divisor a column behind the sum.
// CHECK-LABEL: func.func @weights
// CHECK-SAME: (%[[rows:.*]]: tensor<1x64x16xf32>, %[[scales:.*]]: tensor<64xf32>, %[[norms:.*]]: tensor<16xf32>, %[[w:.*]]: tensor<1x2x64xf32>)
// CHECK: %[[a_row:.*]] = "mem.view"(%[[scales]]) {offset = 0 : i64, strides = [0, 0, 1]} : (tensor<64xf32>) -> tensor<1x2x64xf32>
// CHECK: %[[weights:.*]] = "mem.map"(%[[w]], %[[a_row]]) ({
// CHECK: fn = "mul"
// CHECK: %[[sum:.*]] = "mem.row_sum"(%[[rows]], %[[weights]])
// CHECK: %[[a_column:.*]] = "mem.view"(%[[norms]]) {offset = 0 : i64, strides = [0, 0, 1]} : (tensor<16xf32>) -> tensor<1x2x16xf32>
// CHECK: %[[made:.*]] = "mem.map"(%[[sum]], %[[a_column]]) ({
// CHECK: fn = "div"
// CHECK: return %[[made]]
func.func @weights(%rows: tensor<1x64x16xf32>, %scales: tensor<64xf32>, %norms: tensor<16xf32>, %w: tensor<1x2x64xf32>) -> tensor<1x2x16xf32> {
  %0 = "mem.view"(%scales) {offset = 0 : i64, strides = [0, 1, 0]} : (tensor<64xf32>) -> tensor<1x64x16xf32>
  %1 = "mem.map"(%0, %rows) ({
  ^bb0(%s: f32, %x: f32):
    %y = "mem.scalar"(%s, %x) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%y) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>} : (tensor<1x64x16xf32>, tensor<1x64x16xf32>) -> tensor<1x64x16xf32>
  %2 = "mem.view"(%norms) {offset = 0 : i64, strides = [0, 0, 1]} : (tensor<16xf32>) -> tensor<1x64x16xf32>
  %3 = "mem.map"(%1, %2) ({
  ^bb0(%x: f32, %n: f32):
    %y = "mem.scalar"(%x, %n) {fn = "div", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%y) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>} : (tensor<1x64x16xf32>, tensor<1x64x16xf32>) -> tensor<1x64x16xf32>
  %4 = "mem.row_sum"(%3, %w) : (tensor<1x64x16xf32>, tensor<1x2x64xf32>) -> tensor<1x2x16xf32>
  return %4 : tensor<1x2x16xf32>
}
// A number is the same along all axes. What is rounded to 16 bits, divided by the matrix, or different in every
// element stays as it is.
// CHECK-LABEL: func.func @others
// CHECK-SAME: (%[[rows:.*]]: tensor<1x64x16xf32>, %{{.*}}: tensor<1x64x16xbf16>, %[[q:.*]]: tensor<1x1x16xf32>
// CHECK: %[[product:.*]] = "mem.matmul"(%[[rows]], %[[q]])
// CHECK: "mem.map"(%[[product]]) ({
// CHECK: fn = "mul"
// CHECK: %[[rounded:.*]] = "mem.map"(%{{.*}}) ({
// CHECK: "mem.matmul"(%[[rounded]], %{{.*}}) : (tensor<1x64x16xbf16>
// CHECK: %[[inverse:.*]] = "mem.map"(%{{.*}}) ({
// CHECK: "mem.matmul"(%[[inverse]], %[[q]])
// CHECK: %[[square:.*]] = "mem.map"(%{{.*}}) ({
// CHECK: "mem.matmul"(%[[square]], %[[q]])
func.func @others(%rows: tensor<1x64x16xf32>, %halves: tensor<1x64x16xbf16>, %q: tensor<1x1x16xf32>, %p: tensor<1x1x16xbf16>) -> (tensor<1x64x1xf32>, tensor<1x64x1xbf16>, tensor<1x64x1xf32>, tensor<1x64x1xf32>) {
  %half = arith.constant 0.5 : f32
  %0 = "mem.map"(%rows) ({
  ^bb0(%x: f32):
    %y = "mem.scalar"(%x, %half) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%y) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x64x16xf32>) -> tensor<1x64x16xf32>
  %1 = "mem.matmul"(%0, %q) : (tensor<1x64x16xf32>, tensor<1x1x16xf32>) -> tensor<1x64x1xf32>
  %2 = "mem.map"(%halves) ({
  ^bb0(%x: bf16):
    %w = "mem.scalar"(%x) {fn = "cast", operandSegmentSizes = array<i32: 1, 0, 0>} : (bf16) -> f32
    %y = "mem.scalar"(%w, %half) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    %z = "mem.scalar"(%y) {fn = "cast", operandSegmentSizes = array<i32: 1, 0, 0>} : (f32) -> bf16
    "mem.yield"(%z) : (bf16) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x64x16xbf16>) -> tensor<1x64x16xbf16>
  %3 = "mem.matmul"(%2, %p) : (tensor<1x64x16xbf16>, tensor<1x1x16xbf16>) -> tensor<1x64x1xbf16>
  %4 = "mem.map"(%rows) ({
  ^bb0(%x: f32):
    %y = "mem.scalar"(%half, %x) {fn = "div", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%y) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x64x16xf32>) -> tensor<1x64x16xf32>
  %5 = "mem.matmul"(%4, %q) : (tensor<1x64x16xf32>, tensor<1x1x16xf32>) -> tensor<1x64x1xf32>
  %6 = "mem.map"(%rows, %rows) ({
  ^bb0(%x: f32, %s: f32):
    %y = "mem.scalar"(%x, %s) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
    "mem.yield"(%y) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>} : (tensor<1x64x16xf32>, tensor<1x64x16xf32>) -> tensor<1x64x16xf32>
  %7 = "mem.matmul"(%6, %q) : (tensor<1x64x16xf32>, tensor<1x1x16xf32>) -> tensor<1x64x1xf32>
  return %1, %3, %5, %7 : tensor<1x64x1xf32>, tensor<1x64x1xbf16>, tensor<1x64x1xf32>, tensor<1x64x1xf32>
}
