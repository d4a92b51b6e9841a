// What nobody reads goes; what is equal is made once.
// CHECK-NOT: mem.cumsum
// CHECK: %[[once:.*]] = "mem.softmax"(%{{.*}})
// CHECK-NOT: mem.softmax
// CHECK: return %[[once]], %[[once]]
func.func @main(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %unread = "mem.cumsum"(%x) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %a = "mem.softmax"(%x) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %b = "mem.softmax"(%x) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %a, %b : tensor<4x8xf32>, tensor<4x8xf32>
}
