module {
  "hls.kernel"() ({
    %0 = "hls.port"() {arg = 0 : i64, bank = 0 : i64, block_elements = 0 : i64, bundle = "gmem0", channel = 0 : i64, channels = 1 : i64, elements = 1024 : i64, name = "keys", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %1 = "hls.port"() {arg = 1 : i64, bank = 1 : i64, block_elements = 0 : i64, bundle = "gmem1", channel = 0 : i64, channels = 1 : i64, elements = 16 : i64, name = "q", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %2 = "hls.port"() {arg = 2 : i64, bank = 2 : i64, block_elements = 0 : i64, bundle = "gmem2", channel = 0 : i64, channels = 1 : i64, elements = 512 : i64, name = "values", role = "in"} : () -> !hls.vectors<f32, 8 : i32>
    %3 = "hls.port"() {arg = 0 : i64, bank = 3 : i64, block_elements = 0 : i64, bundle = "gmem2", channel = 0 : i64, channels = 1 : i64, elements = 8 : i64, name = "row_sum_out", role = "out"} : () -> !hls.vectors<f32, 8 : i32>
    "hls.phase"() ({
      %4 = "hls.stream"() {depth = 64 : i64, name = "keys_stream", vectors = 64 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %5 = "hls.stream"() {depth = 2 : i64, name = "q_stream", vectors = 1 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %6 = "hls.stream"() {depth = 2 : i64, name = "scores_stream", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %7 = "hls.stream"() {depth = 2 : i64, name = "best_stream", vectors = 1 : i64} : () -> !hls.fifo<f32, 4 : i32>
      %8 = "hls.stream"() {depth = 2 : i64, name = "where_stream", vectors = 1 : i64} : () -> !hls.fifo<i64, 4 : i32>
      %9 = "hls.stream"() {depth = 4 : i64, name = "gather_rows_stream", vectors = 4 : i64} : () -> !hls.fifo<f32, 8 : i32>
      %10 = "hls.stream"() {depth = 2 : i64, name = "weights_stream", vectors = 1 : i64} : () -> !hls.fifo<f32, 4 : i32>
      %11 = "hls.stream"() {depth = 2 : i64, name = "row_sum_stream", vectors = 1 : i64} : () -> !hls.fifo<f32, 8 : i32>
      "hls.load_vectors"(%0, %4) {count = 64 : i64, label = "load keys"} : (!hls.vectors<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors"(%1, %5) {count = 1 : i64, label = "load q"} : (!hls.vectors<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%4, %5, %6) {accumulator = f32, batches = 1 : i64, cols = 16 : i64, count = 1 : i64, label = "scores", out_cols = 64 : i64, rows = 64 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.topk"(%6, %7, %8) {cols = 64 : i64, k = 4 : i64, label = "best", largest = 1 : i64, rows = 1 : i64, sorted = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 4 : i32>, !hls.fifo<i64, 4 : i32>) -> ()
      "hls.softmax"(%7, %10) {cols = 4 : i64, label = "weights", max_cols = 4 : i64, rows = 1 : i64} : (!hls.fifo<f32, 4 : i32>, !hls.fifo<f32, 4 : i32>) -> ()
      "hls.gather_vectors"(%2, %8, %9) {count = 4 : i64, group_stride = 0 : i64, groups = 1 : i64, label = "gather_rows", limit = 64 : i64, offset = 0 : i64, row_stride = 1 : i64, vectors_a_row = 1 : i64, wrap = 1 : i64} : (!hls.vectors<f32, 8 : i32>, !hls.fifo<i64, 4 : i32>, !hls.fifo<f32, 8 : i32>) -> ()
      "hls.row_sum"(%9, %10, %11) {accumulator = f32, batches = 1 : i64, cols = 8 : i64, count = 1 : i64, label = "row_sum", rows = 4 : i64} : (!hls.fifo<f32, 8 : i32>, !hls.fifo<f32, 4 : i32>, !hls.fifo<f32, 8 : i32>) -> ()
      "hls.store_vectors"(%11, %3) {count = 1 : i64, label = "store row_sum"} : (!hls.fifo<f32, 8 : i32>, !hls.vectors<f32, 8 : i32>) -> ()
    }) {name = "phase0"} : () -> ()
  }) {sym_name = "attend"} : () -> ()
}
