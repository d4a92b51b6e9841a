// The matmul packs its results as the row that its reader wants; a view that turns them stays.
// CHECK: %[[row:.*]] = "mem.matmul"(%{{.*}}, %{{.*}}) : (tensor<1x64x16xf32>, tensor<1x1x16xf32>) -> tensor<64xf32>
// CHECK-NEXT: "mem.softmax"(%[[row]])
// CHECK: %[[pairs:.*]] = "mem.matmul"(%{{.*}}, %{{.*}}) : (tensor<1x64x16xf32>, tensor<1x2x16xf32>) -> tensor<1x64x2xf32>
// CHECK-NEXT: "mem.view"(%[[pairs]])
func.func @main(%keys: tensor<1x64x16xf32>, %q: tensor<1x1x16xf32>, %two: tensor<1x2x16xf32>) -> (tensor<64xf32>, tensor<2x64xf32>) {
  %0 = "mem.matmul"(%keys, %q) : (tensor<1x64x16xf32>, tensor<1x1x16xf32>) -> tensor<1x64x1xf32>
  %1 = "mem.view"(%0) {offset = 0 : i64, strides = [1]} : (tensor<1x64x1xf32>) -> tensor<64xf32>
  %2 = "mem.softmax"(%1) : (tensor<64xf32>) -> tensor<64xf32>
  %3 = "mem.matmul"(%keys, %two) : (tensor<1x64x16xf32>, tensor<1x2x16xf32>) -> tensor<1x64x2xf32>
  %4 = "mem.view"(%3) {offset = 0 : i64, strides = [1, 2]} : (tensor<1x64x2xf32>) -> tensor<2x64xf32>
  %5 = "mem.softmax"(%4) : (tensor<2x64xf32>) -> tensor<2x64xf32>
  return %2, %5 : tensor<64xf32>, tensor<2x64xf32>
}
