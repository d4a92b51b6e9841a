// int8 keys are streamed as int8: the matmul reads what the cast read. A cast that rounds stays.
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
