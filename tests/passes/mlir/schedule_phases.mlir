// A stage streams to a reader of its order (1). A reader that turns it waits for the next phase and reads memory (0).
// Where streams part and meet again they hold all that passes (2).
// CHECK: "mem.topk"(%{{.*}}) {flow = [0], {{.*}}phase = 0 : i64
// CHECK: "mem.softmax"(%{{.*}}) {flow = [1], phase = 0 : i64}
// CHECK: "mem.gather_rows"(%{{.*}}) {flow = [0, 1], phase = 0 : i64
// CHECK: "mem.row_sum"(%{{.*}}) {flow = [2, 2], phase = 0 : i64}
// CHECK: "mem.cumsum"(%{{.*}}) {flow = [0], phase = 1 : i64}
func.func @main(%scores: tensor<1x1x64xf32>, %table: tensor<1x64x8xf32>) -> (tensor<1x1x8xf32>, tensor<4x1x1xf32>) {
  %0:2 = "mem.topk"(%scores) {largest = 1 : i64, sorted = 1 : i64} : (tensor<1x1x64xf32>) -> (tensor<1x1x4xf32>, tensor<1x1x4xi64>)
  %1 = "mem.softmax"(%0#0) : (tensor<1x1x4xf32>) -> tensor<1x1x4xf32>
  %2 = "mem.view"(%0#1) {offset = 0 : i64, strides = [0, 1]} : (tensor<1x1x4xi64>) -> tensor<1x4xi64>
  %3 = "mem.gather_rows"(%table, %2) {wrap = 0 : i64} : (tensor<1x64x8xf32>, tensor<1x4xi64>) -> tensor<1x4x8xf32>
  %4 = "mem.row_sum"(%3, %1) : (tensor<1x4x8xf32>, tensor<1x1x4xf32>) -> tensor<1x1x8xf32>
  %5 = "mem.view"(%1) {offset = 0 : i64, strides = [1, 0, 0]} : (tensor<1x1x4xf32>) -> tensor<4x1x1xf32>
  %6 = "mem.cumsum"(%5) : (tensor<4x1x1xf32>) -> tensor<4x1x1xf32>
  return %4, %6 : tensor<1x1x8xf32>, tensor<4x1x1xf32>
}
