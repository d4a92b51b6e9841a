// A table whose rows are strided is copied; one of contiguous rows is read where it lies.
// CHECK: %[[turned:.*]] = "mem.view"(%{{.*}}) {offset = 0 : i64, strides = [0, 1, 3]}
// CHECK: %[[copy:.*]] = "mem.map"(%[[turned]])
// CHECK: "mem.gather_rows"(%[[copy]], %{{.*}})
// CHECK: %[[plain:.*]] = "mem.view"(%{{.*}}) {offset = 0 : i64, strides = [0, 8, 1]}
// CHECK-NEXT: "mem.gather_rows"(%[[plain]], %{{.*}})
func.func @main(%flat: tensor<24xf32>, %index: tensor<1x2xi64>) -> (tensor<1x2x8xf32>, tensor<1x2x8xf32>) {
  %0 = "mem.view"(%flat) {offset = 0 : i64, strides = [0, 1, 3]} : (tensor<24xf32>) -> tensor<1x3x8xf32>
  %1 = "mem.gather_rows"(%0, %index) {wrap = 0 : i64} : (tensor<1x3x8xf32>, tensor<1x2xi64>) -> tensor<1x2x8xf32>
  %2 = "mem.view"(%flat) {offset = 0 : i64, strides = [0, 8, 1]} : (tensor<24xf32>) -> tensor<1x3x8xf32>
  %3 = "mem.gather_rows"(%2, %index) {wrap = 0 : i64} : (tensor<1x3x8xf32>, tensor<1x2xi64>) -> tensor<1x2x8xf32>
  return %1, %3 : tensor<1x2x8xf32>, tensor<1x2x8xf32>
}
