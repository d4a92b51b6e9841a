module {
  "hls.kernel"() ({
    %0 = "hls.port"() {arg = 1 : i64, bank = 0 : i64, bundle = "gmem0", channel = 0 : i64, channels = 1 : i64, elements = 64 : i64, name = "q", role = "in", row_elements = 0 : i64} : () -> !hls.memory<f32>
    %1 = "hls.stride"() {interleaved = 64 : i64, name = "keys_stride", whole = 1024 : i64} : () -> i64
    %2 = "hls.port"() {arg = 0 : i64, bank = 1 : i64, bundle = "gmem1", channel = 0 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch0", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %3 = "hls.port"() {arg = 0 : i64, bank = 2 : i64, bundle = "gmem2", channel = 1 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch1", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %4 = "hls.port"() {arg = 0 : i64, bank = 3 : i64, bundle = "gmem3", channel = 2 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch2", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %5 = "hls.port"() {arg = 0 : i64, bank = 4 : i64, bundle = "gmem4", channel = 3 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch3", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %6 = "hls.port"() {arg = 0 : i64, bank = 5 : i64, bundle = "gmem5", channel = 4 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch4", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %7 = "hls.port"() {arg = 0 : i64, bank = 6 : i64, bundle = "gmem6", channel = 5 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch5", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %8 = "hls.port"() {arg = 0 : i64, bank = 7 : i64, bundle = "gmem7", channel = 6 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch6", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %9 = "hls.port"() {arg = 0 : i64, bank = 8 : i64, bundle = "gmem8", channel = 7 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch7", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %10 = "hls.port"() {arg = 0 : i64, bank = 9 : i64, bundle = "gmem9", channel = 8 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch8", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %11 = "hls.port"() {arg = 0 : i64, bank = 10 : i64, bundle = "gmem10", channel = 9 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch9", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %12 = "hls.port"() {arg = 0 : i64, bank = 11 : i64, bundle = "gmem11", channel = 10 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch10", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %13 = "hls.port"() {arg = 0 : i64, bank = 12 : i64, bundle = "gmem12", channel = 11 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch11", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %14 = "hls.port"() {arg = 0 : i64, bank = 13 : i64, bundle = "gmem13", channel = 12 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch12", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %15 = "hls.port"() {arg = 0 : i64, bank = 14 : i64, bundle = "gmem14", channel = 13 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch13", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %16 = "hls.port"() {arg = 0 : i64, bank = 15 : i64, bundle = "gmem15", channel = 14 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch14", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %17 = "hls.port"() {arg = 0 : i64, bank = 16 : i64, bundle = "gmem16", channel = 15 : i64, channels = 16 : i64, elements = 1048576 : i64, name = "keys_ch15", role = "in", row_elements = 64 : i64} : () -> !hls.memory<i8>
    %18 = "hls.port"() {arg = 2 : i64, bank = 17 : i64, bundle = "gmem17", channel = 0 : i64, channels = 1 : i64, elements = 16384 : i64, name = "scales", role = "in", row_elements = 0 : i64} : () -> !hls.memory<f32>
    %19 = "hls.port"() {arg = 0 : i64, bank = 18 : i64, bundle = "gmem18", channel = 0 : i64, channels = 1 : i64, elements = 4 : i64, name = "best_out", role = "out", row_elements = 0 : i64} : () -> !hls.memory<f32>
    %20 = "hls.port"() {arg = 1 : i64, bank = 19 : i64, bundle = "gmem19", channel = 0 : i64, channels = 1 : i64, elements = 4 : i64, name = "where_out", role = "out", row_elements = 0 : i64} : () -> !hls.memory<i64>
    "hls.phase"() ({
      %21 = "hls.stream"() {depth = 4 : i64, name = "q_stream", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %22 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_1", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %23 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_2", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %24 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_3", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %25 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_4", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %26 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_5", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %27 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_6", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %28 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_7", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %29 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_8", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %30 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_9", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %31 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_10", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %32 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_11", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %33 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_12", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %34 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_13", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %35 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_14", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %36 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_15", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %37 = "hls.stream"() {depth = 64 : i64, name = "keys_stream_16", vectors = 1024 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %38 = "hls.stream"() {depth = 4 : i64, name = "vector_stream", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %39 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_1", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %40 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_2", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %41 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_3", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %42 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_4", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %43 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_5", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %44 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_6", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %45 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_7", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %46 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_8", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %47 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_9", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %48 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_10", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %49 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_11", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %50 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_12", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %51 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_13", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %52 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_14", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %53 = "hls.stream"() {depth = 4 : i64, name = "vector_stream_15", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %54 = "hls.stream"() {depth = 8 : i64, name = "scores_stream", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %55 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_1", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %56 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_2", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %57 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_3", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %58 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_4", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %59 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_5", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %60 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_6", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %61 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_7", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %62 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_8", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %63 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_9", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %64 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_10", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %65 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_11", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %66 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_12", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %67 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_13", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %68 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_14", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %69 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_15", vectors = 1024 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %70 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_16", vectors = 1024 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %71 = "hls.stream"() {depth = 64 : i64, name = "scales_stream", vectors = 1024 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %72 = "hls.stream"() {depth = 8 : i64, name = "scores_stream_17", vectors = 1024 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %73 = "hls.stream"() {depth = 2 : i64, name = "best_stream", vectors = 1 : i64} : () -> !hls.fifo<f32, 4 : i32>
      %74 = "hls.stream"() {depth = 2 : i64, name = "where_stream", vectors = 1 : i64} : () -> !hls.fifo<i64, 4 : i32>
      "hls.load_rows"(%0, %21) {cols = 64 : i64, label = "load q", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0>, row_stride = 0 : i64, rows = 1 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_rows"(%2, %22, %1) {cols = 64 : i64, label = "load keys 0", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%3, %23, %1) {cols = 64 : i64, label = "load keys 1", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%4, %24, %1) {cols = 64 : i64, label = "load keys 2", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%5, %25, %1) {cols = 64 : i64, label = "load keys 3", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%6, %26, %1) {cols = 64 : i64, label = "load keys 4", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%7, %27, %1) {cols = 64 : i64, label = "load keys 5", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%8, %28, %1) {cols = 64 : i64, label = "load keys 6", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%9, %29, %1) {cols = 64 : i64, label = "load keys 7", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%10, %30, %1) {cols = 64 : i64, label = "load keys 8", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%11, %31, %1) {cols = 64 : i64, label = "load keys 9", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%12, %32, %1) {cols = 64 : i64, label = "load keys 10", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%13, %33, %1) {cols = 64 : i64, label = "load keys 11", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%14, %34, %1) {cols = 64 : i64, label = "load keys 12", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%15, %35, %1) {cols = 64 : i64, label = "load keys 13", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%16, %36, %1) {cols = 64 : i64, label = "load keys 14", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.load_rows"(%17, %37, %1) {cols = 64 : i64, label = "load keys 15", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1>, row_stride = 64 : i64, rows = 1024 : i64} : (!hls.memory<i8>, !hls.fifo<i8, 64 : i32>, i64) -> ()
      "hls.fork"(%21, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53) {label = "fork vector", operandSegmentSizes = array<i32: 1, 16>, vectors = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%22, %38, %54) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%23, %39, %55) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%24, %40, %56) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%25, %41, %57) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%26, %42, %58) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%27, %43, %59) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%28, %44, %60) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%29, %45, %61) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%30, %46, %62) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%31, %47, %63) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%32, %48, %64) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%33, %49, %65) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%34, %50, %66) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%35, %51, %67) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%36, %52, %68) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.matmul"(%37, %53, %69) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores", out_cols = 1 : i64, rows = 1024 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.merge_round_robin"(%70, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, %64, %65, %66, %67, %68, %69) {cols = 16384 : i64, label = "merge scores", operandSegmentSizes = array<i32: 1, 16>, rows = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>) -> ()
      "hls.load_rows"(%18, %71) {cols = 16384 : i64, label = "load scales", offset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0>, row_stride = 0 : i64, rows = 1 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%72, %70, %71) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %75 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%75) : (f32) -> ()
      }) {label = "scores", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 1024 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.topk"(%72, %73, %74) {cols = 16384 : i64, k = 4 : i64, label = "best", largest = 1 : i64, rows = 1 : i64, sorted = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 4 : i32>, !hls.fifo<i64, 4 : i32>) -> ()
      "hls.store_rows"(%73, %19) {cols = 4 : i64, label = "store best", offset = 0 : i64, row_stride = 0 : i64, rows = 1 : i64} : (!hls.fifo<f32, 4 : i32>, !hls.memory<f32>) -> ()
      "hls.store_rows"(%74, %20) {cols = 4 : i64, label = "store where", offset = 0 : i64, row_stride = 0 : i64, rows = 1 : i64} : (!hls.fifo<i64, 4 : i32>, !hls.memory<i64>) -> ()
    }) {name = "phase0"} : () -> ()
  }) {sym_name = "attend_int8"} : () -> ()
}
