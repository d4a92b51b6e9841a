// int8 keys are streamed as int8: the matmul reads what the cast read. A cast that rounds stays.
// A matrix behind a reshape, a cast and a view is read through one view of the table: there are no views of views.
// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[keys:.*]]: tensor<1x64x16xi8>, %[[wide:.*]]: tensor<1x64x16xf32>,
// CHECK: "mem.matmul"(%[[keys]], %{{.*}}) : (tensor<1x64x16xi8>, tensor<1x1x16xf32>)
// CHECK: %[[rounded:.*]] = "mem.map"(%[[wide]])
// CHECK: "mem.matmul"(%[[rounded]], %{{.*}}) : (tensor<1x64x16xbf16>
func.func @main(%keys: tensor<1x64x16xi8>, %wide: tensor<1x64x16xf32>, %q: tensor<1x1x16xf32>, %p: tensor<1x1x16xbf16>) -> (tensor<64xf32>, tensor<64xbf16>) {
  %0 = "mem.map"(%keys) ({
  ^bb0(%x: i8):
    %y = "mem.scalar"(%x) {fn = "cast", operandSegmentSizes = array<i32: 1, 0, 0>} : (i8) -> f32
    "mem.yield"(%y) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x64x16xi8>) -> tensor<1x64x16xf32>
  %1 = "mem.matmul"(%0, %q) : (tensor<1x64x16xf32>, tensor<1x1x16xf32>) -> tensor<64xf32>
  %2 = "mem.map"(%wide) ({
  ^bb0(%x: f32):
    %y = "mem.scalar"(%x) {fn = "cast", operandSegmentSizes = array<i32: 1, 0, 0>} : (f32) -> bf16
    "mem.yield"(%y) : (bf16) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x64x16xf32>) -> tensor<1x64x16xbf16>
  %3 = "mem.matmul"(%2, %p) : (tensor<1x64x16xbf16>, tensor<1x1x16xbf16>) -> tensor<64xbf16>
  return %1, %3 : tensor<64xf32>, tensor<64xbf16>
}
// CHECK-LABEL: func.func @gathered
// CHECK-SAME: (%[[rows:.*]]: tensor<64x16xbf16>
// CHECK: %[[view:.*]] = "mem.view"(%[[rows]]) {offset = 0 : i64, strides = [0, 1, 16]}
// CHECK: "mem.matmul"(%[[view]], %{{.*}}) : (tensor<1x16x64xbf16>, tensor<1x3x64xf32>)
func.func @gathered(%rows: tensor<64x16xbf16>, %q: tensor<1x3x64xf32>) -> tensor<16x3xf32> {
  %0 = "mem.view"(%rows) {offset = 0 : i64, strides = [0, 16, 1]} : (tensor<64x16xbf16>) -> tensor<1x64x16xbf16>
  %1 = "mem.map"(%0) ({
  ^bb0(%x: bf16):
    %y = "mem.scalar"(%x) {fn = "cast", operandSegmentSizes = array<i32: 1, 0, 0>} : (bf16) -> f32
    "mem.yield"(%y) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x64x16xbf16>) -> tensor<1x64x16xf32>
  %2 = "mem.view"(%1) {offset = 0 : i64, strides = [0, 1, 16]} : (tensor<1x64x16xf32>) -> tensor<1x16x64xf32>
  %3 = "mem.matmul"(%2, %q) : (tensor<1x16x64xf32>, tensor<1x3x64xf32>) -> tensor<16x3xf32>
  return %3 : tensor<16x3xf32>
}
