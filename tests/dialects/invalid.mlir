// What no pass may build or be given, each with the words that refuse it (test_verifiers.py). With a RUN line it is that
// pass that refuses it, without one the dialect.
// -----
// ERROR: a view of a view in mem.view
func.func @main(%x: tensor<4x8xf32>) {
  %0 = "mem.view"(%x) {offset = 0 : i64, strides = [1, 8]} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  %1 = "mem.view"(%0) {offset = 0 : i64, strides = [1, 4]} : (tensor<8x4xf32>) -> tensor<4x8xf32>
  return
}
// -----
// ERROR: one stride for each size in mem.view
func.func @main(%x: tensor<4x8xf32>) {
  %0 = "mem.view"(%x) {offset = 0 : i64, strides = [1]} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}
// -----
// ERROR: the view leaves its source in mem.view
func.func @main(%x: tensor<4x8xf32>) {
  %0 = "mem.view"(%x) {offset = 1 : i64, strides = [8, 1]} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}
// -----
// ERROR: the view leaves its source in mem.view
func.func @main(%x: tensor<4x8xf32>) {
  %0 = "mem.view"(%x) {offset = 7 : i64, strides = [8, -2]} : (tensor<4x8xf32>) -> tensor<1x8xf32>
  return
}
// -----
// ERROR: inputs and result have one shape in mem.map
func.func @main(%x: tensor<4x8xf32>) {
  %0 = "mem.map"(%x) ({
  ^bb0(%a: f32):
    "mem.yield"(%a) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  return
}
// -----
// ERROR: the body takes one scalar of each input in mem.map
func.func @main(%x: tensor<4xf32>, %y: tensor<4xf32>) {
  %0 = "mem.map"(%x, %y) ({
  ^bb0(%a: f32):
    "mem.yield"(%a) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}
// -----
// ERROR: the body takes one scalar of each input in mem.map
func.func @main(%x: tensor<4xbf16>) {
  %0 = "mem.map"(%x) ({
  ^bb0(%a: f32):
    "mem.yield"(%a) : (f32) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4xbf16>) -> tensor<4xf32>
  return
}
// -----
// ERROR: one result for each row in mem.reduce
func.func @main(%x: tensor<4x8xf32>) {
  %0 = "mem.reduce"(%x) {kind = "sum"} : (tensor<4x8xf32>) -> tensor<8xf32>
  return
}
// -----
// ERROR: k is at most the length of a row in mem.topk
func.func @main(%x: tensor<4x8xf32>) {
  %0:2 = "mem.topk"(%x) {largest = 1 : i64, sorted = 1 : i64} : (tensor<4x8xf32>) -> (tensor<4x9xf32>, tensor<4x9xi64>)
  return
}
// -----
// ERROR: k is at most the length of a row in mem.topk
func.func @main(%x: tensor<4x8xf32>) {
  %0:2 = "mem.topk"(%x) {largest = 1 : i64, sorted = 1 : i64} : (tensor<4x8xf32>) -> (tensor<4x0xf32>, tensor<4x0xi64>)
  return
}
// -----
// ERROR: matrix and vectors are batched in mem.matmul
func.func @main(%m: tensor<16x8xf32>, %v: tensor<1x8xf32>) {
  %0 = "mem.matmul"(%m, %v) : (tensor<16x8xf32>, tensor<1x8xf32>) -> tensor<16xf32>
  return
}
// -----
// ERROR: batch and columns agree in mem.matmul
func.func @main(%m: tensor<1x16x8xf32>, %v: tensor<1x1x16xf32>) {
  %0 = "mem.matmul"(%m, %v) : (tensor<1x16x8xf32>, tensor<1x1x16xf32>) -> tensor<1x16x1xf32>
  return
}
// -----
// ERROR: batch and columns agree in mem.matmul
func.func @main(%m: tensor<2x16x8xf32>, %v: tensor<1x1x8xf32>) {
  %0 = "mem.matmul"(%m, %v) : (tensor<2x16x8xf32>, tensor<1x1x8xf32>) -> tensor<2x16x1xf32>
  return
}
// -----
// ERROR: one result for each row and vector in mem.matmul
func.func @main(%m: tensor<1x16x8xf32>, %v: tensor<1x3x8xf32>) {
  %0 = "mem.matmul"(%m, %v) : (tensor<1x16x8xf32>, tensor<1x3x8xf32>) -> tensor<1x16x1xf32>
  return
}
// -----
// ERROR: two numbers a byte in mem.int4_product
func.func @main(%m: tensor<1x4x64xui8>, %v: tensor<1x1x64xf32>, %s: tensor<1x4x4xf32>) {
  %0 = "mem.int4_product"(%m, %v, %s) {halves = 0 : i64, signed = 0 : i64} : (tensor<1x4x64xui8>, tensor<1x1x64xf32>, tensor<1x4x4xf32>) -> tensor<1x4x1xf32>
  return
}
// -----
// ERROR: rows agree in mem.int4_product
func.func @main(%m: tensor<1x4x64xui8>, %v: tensor<1x1x128xf32>, %s: tensor<1x2x4xf32>) {
  %0 = "mem.int4_product"(%m, %v, %s) {halves = 0 : i64, signed = 0 : i64} : (tensor<1x4x64xui8>, tensor<1x1x128xf32>, tensor<1x2x4xf32>) -> tensor<1x4x1xf32>
  return
}
// -----
// ERROR: groups are alike in mem.int4_product
func.func @main(%m: tensor<1x4x64xui8>, %v: tensor<1x1x128xf32>, %s: tensor<1x4x3xf32>) {
  %0 = "mem.int4_product"(%m, %v, %s) {halves = 0 : i64, signed = 0 : i64} : (tensor<1x4x64xui8>, tensor<1x1x128xf32>, tensor<1x4x3xf32>) -> tensor<1x4x1xf32>
  return
}
// -----
// ERROR: one result for each row in mem.int4_product
func.func @main(%m: tensor<1x4x64xui8>, %v: tensor<1x1x128xf32>, %s: tensor<1x4x4xf32>) {
  %0 = "mem.int4_product"(%m, %v, %s) {halves = 0 : i64, signed = 0 : i64} : (tensor<1x4x64xui8>, tensor<1x1x128xf32>, tensor<1x4x4xf32>) -> tensor<1x2x1xf32>
  return
}
// -----
// ERROR: batch and rows agree in mem.row_sum
func.func @main(%m: tensor<1x16x8xf32>, %w: tensor<1x1x8xf32>) {
  %0 = "mem.row_sum"(%m, %w) : (tensor<1x16x8xf32>, tensor<1x1x8xf32>) -> tensor<1x1x8xf32>
  return
}
// -----
// ERROR: batch and rows agree in mem.row_sum
func.func @main(%m: tensor<2x16x8xf32>, %w: tensor<1x1x16xf32>) {
  %0 = "mem.row_sum"(%m, %w) : (tensor<2x16x8xf32>, tensor<1x1x16xf32>) -> tensor<2x1x8xf32>
  return
}
// -----
// ERROR: one sum for each set of weights in mem.row_sum
func.func @main(%m: tensor<1x16x8xf32>, %w: tensor<1x3x16xf32>) {
  %0 = "mem.row_sum"(%m, %w) : (tensor<1x16x8xf32>, tensor<1x3x16xf32>) -> tensor<1x1x8xf32>
  return
}
// -----
// ERROR: an index of groups and a table of rows in mem.gather_rows
func.func @main(%t: tensor<64x8xf32>, %i: tensor<1x4xi64>) {
  %0 = "mem.gather_rows"(%t, %i) {wrap = 0 : i64} : (tensor<64x8xf32>, tensor<1x4xi64>) -> tensor<1x4x8xf32>
  return
}
// -----
// ERROR: an index of groups and a table of rows in mem.gather_rows
func.func @main(%t: tensor<1x64x8xf32>, %i: tensor<4xi64>) {
  %0 = "mem.gather_rows"(%t, %i) {wrap = 0 : i64} : (tensor<1x64x8xf32>, tensor<4xi64>) -> tensor<4x8xf32>
  return
}
// -----
// ERROR: one row for each index in mem.gather_rows
func.func @main(%t: tensor<1x64x8xf32>, %i: tensor<1x4xi64>) {
  %0 = "mem.gather_rows"(%t, %i) {wrap = 0 : i64} : (tensor<1x64x8xf32>, tensor<1x4xi64>) -> tensor<1x8x8xf32>
  return
}
// -----
// ERROR: one element for each index in mem.gather_elements
func.func @main(%t: tensor<4x8xf32>, %i: tensor<4x2xi64>) {
  %0 = "mem.gather_elements"(%t, %i) {axis = 1 : i64, wrap = 0 : i64} : (tensor<4x8xf32>, tensor<4x2xi64>) -> tensor<4x8xf32>
  return
}
// -----
// ERROR: table and index have one rank in mem.gather_elements
func.func @main(%t: tensor<32xf32>, %i: tensor<4x2xi64>) {
  %0 = "mem.gather_elements"(%t, %i) {axis = 0 : i64, wrap = 0 : i64} : (tensor<32xf32>, tensor<4x2xi64>) -> tensor<4x2xf32>
  return
}
// -----
// ERROR: the parts fill the result in mem.concat
func.func @main(%x: tensor<4x8xf32>, %y: tensor<2x8xf32>) {
  %0 = "mem.concat"(%x, %y) {axis = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>} : (tensor<4x8xf32>, tensor<2x8xf32>) -> tensor<8x8xf32>
  return
}
// -----
// ERROR: a FIFO holds at least one vector in hls.stream
%0 = "hls.stream"() {depth = 0 : i64, name = "a", vectors = 4 : i64} : () -> !hls.fifo<f32, 8 : i32>
// -----
// RUN: mem_to_hls
// ERROR: schedule_phases has not run: no phase in mem.softmax
func.func @main(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = "mem.softmax"(%x) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}
// -----
// RUN: torch_to_mem
// ERROR: no FPGA stage implements this op
func.func @main(%x: !torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f32> {
  %0 = torch.operator "torch.aten.lgamma"(%x) : (!torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f32>
  return %0 : !torch.vtensor<[4],f32>
}
// -----
// RUN: torch_to_mem
// ERROR: !torch.vtensor<[?,8],f32> is no tensor of static shape
func.func @main(%x: !torch.vtensor<[?,8],f32>) -> !torch.vtensor<[?,8],f32> {
  %0 = torch.aten.relu %x : !torch.vtensor<[?,8],f32> -> !torch.vtensor<[?,8],f32>
  return %0 : !torch.vtensor<[?,8],f32>
}

// -----
// ERROR: rows have two halves in mem.rotate_half
func.func @main(%x: tensor<2x5xf32>) -> tensor<2x5xf32> {
  %0 = "mem.rotate_half"(%x) : (tensor<2x5xf32>) -> tensor<2x5xf32>
  return %0 : tensor<2x5xf32>
}

// -----
// ERROR: the source is one row in mem.repeat_row
func.func @main(%x: tensor<2x4xf32>) -> tensor<8x4xf32> {
  %0 = "mem.repeat_row"(%x) : (tensor<2x4xf32>) -> tensor<8x4xf32>
  return %0 : tensor<8x4xf32>
}

// -----
// ERROR: a value for each key in mem.attention
func.func @main(%k: tensor<2x6x8xf32>, %v: tensor<2x5x4xf32>, %q: tensor<2x3x8xf32>) -> tensor<2x3x4xf32> {
  %0 = "mem.attention"(%k, %v, %q) {operandSegmentSizes = array<i32: 1, 1, 1, 0>, scale = 1.0 : f32} : (tensor<2x6x8xf32>, tensor<2x5x4xf32>, tensor<2x3x8xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// -----
// ERROR: queries of each group, as long as keys in mem.attention
func.func @main(%k: tensor<2x6x8xf32>, %v: tensor<2x6x4xf32>, %q: tensor<2x3x7xf32>) -> tensor<2x3x4xf32> {
  %0 = "mem.attention"(%k, %v, %q) {operandSegmentSizes = array<i32: 1, 1, 1, 0>, scale = 1.0 : f32} : (tensor<2x6x8xf32>, tensor<2x6x4xf32>, tensor<2x3x7xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// -----
// ERROR: one weighted sum for each query in mem.attention
func.func @main(%k: tensor<2x6x8xf32>, %v: tensor<2x6x4xf32>, %q: tensor<2x3x8xf32>) -> tensor<2x2x4xf32> {
  %0 = "mem.attention"(%k, %v, %q) {operandSegmentSizes = array<i32: 1, 1, 1, 0>, scale = 1.0 : f32} : (tensor<2x6x8xf32>, tensor<2x6x4xf32>, tensor<2x3x8xf32>) -> tensor<2x2x4xf32>
  return %0 : tensor<2x2x4xf32>
}

// -----
// ERROR: a mask of keys, for as many groups a row in mem.attention
func.func @main(%k: tensor<2x6x8xf32>, %v: tensor<2x6x4xf32>, %q: tensor<2x3x8xf32>, %m: tensor<2x5xf32>) -> tensor<2x3x4xf32> {
  %0 = "mem.attention"(%k, %v, %q, %m) {operandSegmentSizes = array<i32: 1, 1, 1, 1>, scale = 1.0 : f32} : (tensor<2x6x8xf32>, tensor<2x6x4xf32>, tensor<2x3x8xf32>, tensor<2x5xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}
