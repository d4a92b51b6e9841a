// The product streams its larger side; views are composed until a stage reads through them.
// CHECK: func.func @main(%[[keys:.*]]: tensor<64x16xf32> {fpga.name = "keys"}, %[[q:.*]]: tensor<16xf32>
// CHECK: %[[rows:.*]] = "mem.view"(%[[keys]]) {offset = 0 : i64, strides = [0, 16, 1]}
// CHECK: %[[vector:.*]] = "mem.view"(%[[q]]) {offset = 0 : i64, strides = [0, 0, 1]}
// CHECK: %[[scores:.*]] = "mem.matmul"(%[[rows]], %[[vector]])
// CHECK: %[[row:.*]] = "mem.view"(%[[scores]])
// CHECK: %[[best:.*]]:2 = "mem.topk"(%[[row]]) {largest = 1 : i64, sorted = 1 : i64} : (tensor<64xf32>) -> (tensor<4xf32>, tensor<4xi64>)
// CHECK: return %[[best]]#0, %[[best]]#1
func.func @main(%keys: !torch.vtensor<[64,16],f32> {fpga.name = "keys"}, %q: !torch.vtensor<[16],f32> {fpga.name = "q"}) -> (!torch.vtensor<[4],f32>, !torch.vtensor<[4],si64>) {
  %0 = torch.aten.mv %keys, %q : !torch.vtensor<[64,16],f32>, !torch.vtensor<[16],f32> -> !torch.vtensor<[64],f32>
  %int4 = torch.constant.int 4
  %int-1 = torch.constant.int -1
  %true = torch.constant.bool true
  %values, %indices = torch.aten.topk %0, %int4, %int-1, %true, %true : !torch.vtensor<[64],f32>, !torch.int, !torch.int, !torch.bool, !torch.bool -> !torch.vtensor<[4],f32>, !torch.vtensor<[4],si64>
  return %values, %indices : !torch.vtensor<[4],f32>, !torch.vtensor<[4],si64>
}
