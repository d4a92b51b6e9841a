// A product with several vectors becomes a batch of products with one each, which reads the matrix again for each; its
// result is transposed for who reads it. So does a sum of weighted rows. A batch is left as it is.
// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[m:.*]]: tensor<1x6x8xf32>, %[[q:.*]]: tensor<1x3x8xf32>, %[[w:.*]]: tensor<1x2x6xf32>
// CHECK: %[[again:.*]] = "mem.view"(%[[m]]) {offset = 0 : i64, strides = [0, 8, 1]} : (tensor<1x6x8xf32>) -> tensor<3x6x8xf32>
// CHECK: %[[alone:.*]] = "mem.view"(%[[q]]) {offset = 0 : i64, strides = [8, 0, 1]} : (tensor<1x3x8xf32>) -> tensor<3x1x8xf32>
// CHECK: %[[each:.*]] = "mem.matmul"(%[[again]], %[[alone]]) : (tensor<3x6x8xf32>, tensor<3x1x8xf32>) -> tensor<3x6x1xf32>
// CHECK: %[[turned:.*]] = "mem.view"(%[[each]]) {offset = 0 : i64, strides = [1, 6]} : (tensor<3x6x1xf32>) -> tensor<6x3xf32>
// CHECK: %[[twice:.*]] = "mem.view"(%[[m]]) {offset = 0 : i64, strides = [0, 8, 1]} : (tensor<1x6x8xf32>) -> tensor<2x6x8xf32>
// CHECK: %[[sums:.*]] = "mem.row_sum"(%[[twice]], %{{.*}}) : (tensor<2x6x8xf32>, tensor<2x1x6xf32>) -> tensor<2x1x8xf32>
// CHECK: "mem.matmul"(%{{.*}}, %{{.*}}) : (tensor<2x4x8xf32>, tensor<2x3x8xf32>) -> tensor<2x4x3xf32>
func.func @main(%m: tensor<1x6x8xf32>, %q: tensor<1x3x8xf32>, %w: tensor<1x2x6xf32>, %b: tensor<2x4x8xf32>, %v: tensor<2x3x8xf32>) -> (tensor<6x3xf32>, tensor<1x2x8xf32>, tensor<2x4x3xf32>) {
  %0 = "mem.matmul"(%m, %q) : (tensor<1x6x8xf32>, tensor<1x3x8xf32>) -> tensor<1x6x3xf32>
  %1 = "mem.view"(%0) {offset = 0 : i64, strides = [3, 1]} : (tensor<1x6x3xf32>) -> tensor<6x3xf32>
  %2 = "mem.row_sum"(%m, %w) : (tensor<1x6x8xf32>, tensor<1x2x6xf32>) -> tensor<1x2x8xf32>
  %3 = "mem.matmul"(%b, %v) : (tensor<2x4x8xf32>, tensor<2x3x8xf32>) -> tensor<2x4x3xf32>
  return %1, %2, %3 : tensor<6x3xf32>, tensor<1x2x8xf32>, tensor<2x4x3xf32>
}
