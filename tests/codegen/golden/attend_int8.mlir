module {
  "hls.kernel"() ({
    %0 = "hls.port"() {arg = 1 : i64, bank = 0 : i64, block_elements = 0 : i64, bundle = "gmem0", channel = 0 : i64, channels = 1 : i64, elements = 64 : i64, name = "q", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %1 = "hls.port"() {arg = 0 : i64, bank = 1 : i64, block_elements = 35840 : i64, bundle = "gmem1", channel = 0 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch0", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %2 = "hls.port"() {arg = 2 : i64, bank = 1 : i64, block_elements = 560 : i64, bundle = "gmem1", channel = 0 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch0", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %3 = "hls.port"() {arg = 0 : i64, bank = 2 : i64, block_elements = 35840 : i64, bundle = "gmem2", channel = 1 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch1", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %4 = "hls.port"() {arg = 2 : i64, bank = 2 : i64, block_elements = 560 : i64, bundle = "gmem2", channel = 1 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch1", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %5 = "hls.port"() {arg = 0 : i64, bank = 3 : i64, block_elements = 35840 : i64, bundle = "gmem3", channel = 2 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch2", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %6 = "hls.port"() {arg = 2 : i64, bank = 3 : i64, block_elements = 560 : i64, bundle = "gmem3", channel = 2 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch2", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %7 = "hls.port"() {arg = 0 : i64, bank = 4 : i64, block_elements = 35840 : i64, bundle = "gmem4", channel = 3 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch3", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %8 = "hls.port"() {arg = 2 : i64, bank = 4 : i64, block_elements = 560 : i64, bundle = "gmem4", channel = 3 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch3", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %9 = "hls.port"() {arg = 0 : i64, bank = 5 : i64, block_elements = 35840 : i64, bundle = "gmem5", channel = 4 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch4", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %10 = "hls.port"() {arg = 2 : i64, bank = 5 : i64, block_elements = 560 : i64, bundle = "gmem5", channel = 4 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch4", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %11 = "hls.port"() {arg = 0 : i64, bank = 6 : i64, block_elements = 35840 : i64, bundle = "gmem6", channel = 5 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch5", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %12 = "hls.port"() {arg = 2 : i64, bank = 6 : i64, block_elements = 560 : i64, bundle = "gmem6", channel = 5 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch5", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %13 = "hls.port"() {arg = 0 : i64, bank = 7 : i64, block_elements = 35840 : i64, bundle = "gmem7", channel = 6 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch6", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %14 = "hls.port"() {arg = 2 : i64, bank = 7 : i64, block_elements = 560 : i64, bundle = "gmem7", channel = 6 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch6", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %15 = "hls.port"() {arg = 0 : i64, bank = 8 : i64, block_elements = 35840 : i64, bundle = "gmem8", channel = 7 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch7", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %16 = "hls.port"() {arg = 2 : i64, bank = 8 : i64, block_elements = 560 : i64, bundle = "gmem8", channel = 7 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch7", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %17 = "hls.port"() {arg = 0 : i64, bank = 9 : i64, block_elements = 35840 : i64, bundle = "gmem9", channel = 8 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch8", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %18 = "hls.port"() {arg = 2 : i64, bank = 9 : i64, block_elements = 560 : i64, bundle = "gmem9", channel = 8 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch8", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %19 = "hls.port"() {arg = 0 : i64, bank = 10 : i64, block_elements = 35840 : i64, bundle = "gmem10", channel = 9 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch9", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %20 = "hls.port"() {arg = 2 : i64, bank = 10 : i64, block_elements = 560 : i64, bundle = "gmem10", channel = 9 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch9", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %21 = "hls.port"() {arg = 0 : i64, bank = 11 : i64, block_elements = 35840 : i64, bundle = "gmem11", channel = 10 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch10", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %22 = "hls.port"() {arg = 2 : i64, bank = 11 : i64, block_elements = 560 : i64, bundle = "gmem11", channel = 10 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch10", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %23 = "hls.port"() {arg = 0 : i64, bank = 12 : i64, block_elements = 35840 : i64, bundle = "gmem12", channel = 11 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch11", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %24 = "hls.port"() {arg = 2 : i64, bank = 12 : i64, block_elements = 560 : i64, bundle = "gmem12", channel = 11 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch11", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %25 = "hls.port"() {arg = 0 : i64, bank = 13 : i64, block_elements = 35840 : i64, bundle = "gmem13", channel = 12 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch12", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %26 = "hls.port"() {arg = 2 : i64, bank = 13 : i64, block_elements = 560 : i64, bundle = "gmem13", channel = 12 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch12", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %27 = "hls.port"() {arg = 0 : i64, bank = 14 : i64, block_elements = 35840 : i64, bundle = "gmem14", channel = 13 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch13", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %28 = "hls.port"() {arg = 2 : i64, bank = 14 : i64, block_elements = 560 : i64, bundle = "gmem14", channel = 13 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch13", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %29 = "hls.port"() {arg = 0 : i64, bank = 15 : i64, block_elements = 35840 : i64, bundle = "gmem15", channel = 14 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch14", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %30 = "hls.port"() {arg = 2 : i64, bank = 15 : i64, block_elements = 560 : i64, bundle = "gmem15", channel = 14 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch14", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %31 = "hls.port"() {arg = 0 : i64, bank = 16 : i64, block_elements = 35840 : i64, bundle = "gmem16", channel = 15 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch15", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %32 = "hls.port"() {arg = 2 : i64, bank = 16 : i64, block_elements = 560 : i64, bundle = "gmem16", channel = 15 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch15", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %33 = "hls.port"() {arg = 0 : i64, bank = 17 : i64, block_elements = 35840 : i64, bundle = "gmem17", channel = 16 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch16", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %34 = "hls.port"() {arg = 2 : i64, bank = 17 : i64, block_elements = 560 : i64, bundle = "gmem17", channel = 16 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch16", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %35 = "hls.port"() {arg = 0 : i64, bank = 18 : i64, block_elements = 35840 : i64, bundle = "gmem18", channel = 17 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch17", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %36 = "hls.port"() {arg = 2 : i64, bank = 18 : i64, block_elements = 560 : i64, bundle = "gmem18", channel = 17 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch17", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %37 = "hls.port"() {arg = 0 : i64, bank = 19 : i64, block_elements = 35840 : i64, bundle = "gmem19", channel = 18 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch18", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %38 = "hls.port"() {arg = 2 : i64, bank = 19 : i64, block_elements = 560 : i64, bundle = "gmem19", channel = 18 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch18", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %39 = "hls.port"() {arg = 0 : i64, bank = 20 : i64, block_elements = 35840 : i64, bundle = "gmem20", channel = 19 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch19", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %40 = "hls.port"() {arg = 2 : i64, bank = 20 : i64, block_elements = 560 : i64, bundle = "gmem20", channel = 19 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch19", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %41 = "hls.port"() {arg = 0 : i64, bank = 21 : i64, block_elements = 35840 : i64, bundle = "gmem21", channel = 20 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch20", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %42 = "hls.port"() {arg = 2 : i64, bank = 21 : i64, block_elements = 560 : i64, bundle = "gmem21", channel = 20 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch20", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %43 = "hls.port"() {arg = 0 : i64, bank = 22 : i64, block_elements = 35840 : i64, bundle = "gmem22", channel = 21 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch21", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %44 = "hls.port"() {arg = 2 : i64, bank = 22 : i64, block_elements = 560 : i64, bundle = "gmem22", channel = 21 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch21", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %45 = "hls.port"() {arg = 0 : i64, bank = 23 : i64, block_elements = 35840 : i64, bundle = "gmem23", channel = 22 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch22", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %46 = "hls.port"() {arg = 2 : i64, bank = 23 : i64, block_elements = 560 : i64, bundle = "gmem23", channel = 22 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch22", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %47 = "hls.port"() {arg = 0 : i64, bank = 24 : i64, block_elements = 35840 : i64, bundle = "gmem24", channel = 23 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch23", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %48 = "hls.port"() {arg = 2 : i64, bank = 24 : i64, block_elements = 560 : i64, bundle = "gmem24", channel = 23 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch23", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %49 = "hls.port"() {arg = 0 : i64, bank = 25 : i64, block_elements = 35840 : i64, bundle = "gmem25", channel = 24 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch24", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %50 = "hls.port"() {arg = 2 : i64, bank = 25 : i64, block_elements = 560 : i64, bundle = "gmem25", channel = 24 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch24", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %51 = "hls.port"() {arg = 0 : i64, bank = 26 : i64, block_elements = 35840 : i64, bundle = "gmem26", channel = 25 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch25", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %52 = "hls.port"() {arg = 2 : i64, bank = 26 : i64, block_elements = 560 : i64, bundle = "gmem26", channel = 25 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch25", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %53 = "hls.port"() {arg = 0 : i64, bank = 27 : i64, block_elements = 35840 : i64, bundle = "gmem27", channel = 26 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch26", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %54 = "hls.port"() {arg = 2 : i64, bank = 27 : i64, block_elements = 560 : i64, bundle = "gmem27", channel = 26 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch26", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %55 = "hls.port"() {arg = 0 : i64, bank = 28 : i64, block_elements = 35840 : i64, bundle = "gmem28", channel = 27 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch27", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %56 = "hls.port"() {arg = 2 : i64, bank = 28 : i64, block_elements = 560 : i64, bundle = "gmem28", channel = 27 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch27", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %57 = "hls.port"() {arg = 0 : i64, bank = 29 : i64, block_elements = 35840 : i64, bundle = "gmem29", channel = 28 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch28", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %58 = "hls.port"() {arg = 2 : i64, bank = 29 : i64, block_elements = 560 : i64, bundle = "gmem29", channel = 28 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch28", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %59 = "hls.port"() {arg = 0 : i64, bank = 30 : i64, block_elements = 35840 : i64, bundle = "gmem30", channel = 29 : i64, channels = 30 : i64, elements = 1048576 : i64, name = "keys_ch29", role = "in"} : () -> !hls.vectors<i8, 64 : i32>
    %60 = "hls.port"() {arg = 2 : i64, bank = 30 : i64, block_elements = 560 : i64, bundle = "gmem30", channel = 29 : i64, channels = 30 : i64, elements = 16384 : i64, name = "scales_ch29", role = "in"} : () -> !hls.vectors<f32, 16 : i32>
    %61 = "hls.port"() {arg = 0 : i64, bank = 31 : i64, block_elements = 0 : i64, bundle = "gmem31", channel = 0 : i64, channels = 1 : i64, elements = 4 : i64, name = "best_out", role = "out"} : () -> !hls.vectors<f32, 4 : i32>
    %62 = "hls.port"() {arg = 1 : i64, bank = 31 : i64, block_elements = 0 : i64, bundle = "gmem0", channel = 0 : i64, channels = 1 : i64, elements = 4 : i64, name = "where_out", role = "out"} : () -> !hls.vectors<i64, 4 : i32>
    "hls.phase"() ({
      %63 = "hls.stream"() {depth = 4 : i64, name = "q_stream", vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %64 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[0]", place = 0 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %65 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[1]", place = 1 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %66 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[2]", place = 2 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %67 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[3]", place = 3 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %68 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[4]", place = 4 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %69 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[5]", place = 5 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %70 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[6]", place = 6 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %71 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[7]", place = 7 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %72 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[8]", place = 8 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %73 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[9]", place = 9 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %74 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[10]", place = 10 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %75 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[11]", place = 11 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %76 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[12]", place = 12 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %77 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[13]", place = 13 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %78 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[14]", place = 14 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %79 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[15]", place = 15 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %80 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[16]", place = 16 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %81 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[17]", place = 17 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %82 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[18]", place = 18 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %83 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[19]", place = 19 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %84 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[20]", place = 20 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %85 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[21]", place = 21 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %86 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[22]", place = 22 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %87 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[23]", place = 23 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %88 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[24]", place = 24 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %89 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[25]", place = 25 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %90 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[26]", place = 26 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %91 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[27]", place = 27 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %92 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[28]", place = 28 : i64, vectors = 560 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %93 = "hls.stream"() {array = "keys_stream", depth = 64 : i64, name = "keys_stream[29]", place = 29 : i64, vectors = 144 : i64} : () -> !hls.fifo<i8, 64 : i32>
      %94 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[0]", place = 0 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %95 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[1]", place = 1 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %96 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[2]", place = 2 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %97 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[3]", place = 3 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %98 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[4]", place = 4 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %99 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[5]", place = 5 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %100 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[6]", place = 6 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %101 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[7]", place = 7 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %102 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[8]", place = 8 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %103 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[9]", place = 9 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %104 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[10]", place = 10 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %105 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[11]", place = 11 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %106 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[12]", place = 12 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %107 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[13]", place = 13 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %108 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[14]", place = 14 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %109 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[15]", place = 15 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %110 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[16]", place = 16 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %111 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[17]", place = 17 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %112 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[18]", place = 18 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %113 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[19]", place = 19 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %114 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[20]", place = 20 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %115 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[21]", place = 21 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %116 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[22]", place = 22 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %117 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[23]", place = 23 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %118 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[24]", place = 24 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %119 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[25]", place = 25 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %120 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[26]", place = 26 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %121 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[27]", place = 27 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %122 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[28]", place = 28 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %123 = "hls.stream"() {array = "vector_stream", depth = 2 : i64, name = "vector_stream[29]", place = 29 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %124 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[0]", place = 0 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %125 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[1]", place = 1 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %126 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[2]", place = 2 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %127 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[3]", place = 3 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %128 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[4]", place = 4 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %129 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[5]", place = 5 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %130 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[6]", place = 6 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %131 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[7]", place = 7 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %132 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[8]", place = 8 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %133 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[9]", place = 9 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %134 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[10]", place = 10 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %135 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[11]", place = 11 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %136 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[12]", place = 12 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %137 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[13]", place = 13 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %138 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[14]", place = 14 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %139 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[15]", place = 15 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %140 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[16]", place = 16 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %141 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[17]", place = 17 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %142 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[18]", place = 18 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %143 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[19]", place = 19 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %144 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[20]", place = 20 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %145 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[21]", place = 21 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %146 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[22]", place = 22 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %147 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[23]", place = 23 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %148 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[24]", place = 24 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %149 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[25]", place = 25 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %150 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[26]", place = 26 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %151 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[27]", place = 27 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %152 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[28]", place = 28 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %153 = "hls.stream"() {array = "scores_stream", depth = 2 : i64, name = "scores_stream[29]", place = 29 : i64, vectors = 9 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %154 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[0]", place = 0 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %155 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[1]", place = 1 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %156 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[2]", place = 2 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %157 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[3]", place = 3 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %158 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[4]", place = 4 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %159 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[5]", place = 5 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %160 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[6]", place = 6 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %161 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[7]", place = 7 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %162 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[8]", place = 8 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %163 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[9]", place = 9 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %164 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[10]", place = 10 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %165 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[11]", place = 11 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %166 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[12]", place = 12 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %167 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[13]", place = 13 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %168 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[14]", place = 14 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %169 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[15]", place = 15 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %170 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[16]", place = 16 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %171 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[17]", place = 17 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %172 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[18]", place = 18 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %173 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[19]", place = 19 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %174 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[20]", place = 20 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %175 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[21]", place = 21 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %176 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[22]", place = 22 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %177 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[23]", place = 23 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %178 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[24]", place = 24 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %179 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[25]", place = 25 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %180 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[26]", place = 26 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %181 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[27]", place = 27 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %182 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[28]", place = 28 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %183 = "hls.stream"() {array = "scales_stream", depth = 35 : i64, name = "scales_stream[29]", place = 29 : i64, vectors = 9 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %184 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[0]", place = 0 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %185 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[1]", place = 1 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %186 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[2]", place = 2 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %187 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[3]", place = 3 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %188 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[4]", place = 4 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %189 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[5]", place = 5 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %190 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[6]", place = 6 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %191 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[7]", place = 7 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %192 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[8]", place = 8 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %193 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[9]", place = 9 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %194 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[10]", place = 10 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %195 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[11]", place = 11 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %196 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[12]", place = 12 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %197 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[13]", place = 13 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %198 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[14]", place = 14 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %199 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[15]", place = 15 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %200 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[16]", place = 16 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %201 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[17]", place = 17 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %202 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[18]", place = 18 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %203 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[19]", place = 19 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %204 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[20]", place = 20 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %205 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[21]", place = 21 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %206 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[22]", place = 22 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %207 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[23]", place = 23 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %208 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[24]", place = 24 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %209 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[25]", place = 25 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %210 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[26]", place = 26 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %211 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[27]", place = 27 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %212 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[28]", place = 28 : i64, vectors = 35 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %213 = "hls.stream"() {array = "scores_stream_1", depth = 2 : i64, name = "scores_stream_1[29]", place = 29 : i64, vectors = 9 : i64} : () -> !hls.fifo<f32, 16 : i32>
      %214 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[0]", place = 0 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %215 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[1]", place = 1 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %216 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[2]", place = 2 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %217 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[3]", place = 3 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %218 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[4]", place = 4 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %219 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[5]", place = 5 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %220 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[6]", place = 6 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %221 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[7]", place = 7 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %222 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[8]", place = 8 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %223 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[9]", place = 9 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %224 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[10]", place = 10 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %225 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[11]", place = 11 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %226 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[12]", place = 12 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %227 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[13]", place = 13 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %228 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[14]", place = 14 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %229 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[15]", place = 15 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %230 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[16]", place = 16 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %231 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[17]", place = 17 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %232 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[18]", place = 18 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %233 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[19]", place = 19 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %234 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[20]", place = 20 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %235 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[21]", place = 21 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %236 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[22]", place = 22 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %237 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[23]", place = 23 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %238 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[24]", place = 24 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %239 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[25]", place = 25 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %240 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[26]", place = 26 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %241 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[27]", place = 27 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %242 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[28]", place = 28 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %243 = "hls.stream"() {array = "best_stream", depth = 4 : i64, name = "best_stream[29]", place = 29 : i64, vectors = 4 : i64} : () -> !hls.fifo<f32, 1 : i32>
      %244 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[0]", place = 0 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %245 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[1]", place = 1 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %246 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[2]", place = 2 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %247 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[3]", place = 3 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %248 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[4]", place = 4 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %249 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[5]", place = 5 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %250 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[6]", place = 6 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %251 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[7]", place = 7 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %252 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[8]", place = 8 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %253 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[9]", place = 9 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %254 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[10]", place = 10 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %255 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[11]", place = 11 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %256 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[12]", place = 12 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %257 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[13]", place = 13 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %258 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[14]", place = 14 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %259 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[15]", place = 15 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %260 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[16]", place = 16 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %261 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[17]", place = 17 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %262 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[18]", place = 18 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %263 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[19]", place = 19 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %264 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[20]", place = 20 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %265 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[21]", place = 21 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %266 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[22]", place = 22 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %267 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[23]", place = 23 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %268 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[24]", place = 24 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %269 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[25]", place = 25 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %270 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[26]", place = 26 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %271 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[27]", place = 27 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %272 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[28]", place = 28 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %273 = "hls.stream"() {array = "where_stream", depth = 4 : i64, name = "where_stream[29]", place = 29 : i64, vectors = 4 : i64} : () -> !hls.fifo<i64, 1 : i32>
      %274 = "hls.stream"() {depth = 2 : i64, name = "best_stream_1", vectors = 1 : i64} : () -> !hls.fifo<f32, 4 : i32>
      %275 = "hls.stream"() {depth = 2 : i64, name = "where_stream_1", vectors = 1 : i64} : () -> !hls.fifo<i64, 4 : i32>
      "hls.load_vectors"(%0, %63) {count = 4 : i64, label = "load q"} : (!hls.vectors<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.broadcast"(%63, %94, %95, %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123) {label = "broadcast vector", operandSegmentSizes = array<i32: 1, 30>, vectors = 4 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%1, %2, %64, %154) {chunk = 35 : i64, label = "load keys 0", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%64, %94, %124) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 0", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%3, %4, %65, %155) {chunk = 35 : i64, label = "load keys 1", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%65, %95, %125) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 1", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%5, %6, %66, %156) {chunk = 35 : i64, label = "load keys 2", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%66, %96, %126) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 2", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%7, %8, %67, %157) {chunk = 35 : i64, label = "load keys 3", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%67, %97, %127) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 3", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%9, %10, %68, %158) {chunk = 35 : i64, label = "load keys 4", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%68, %98, %128) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 4", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%11, %12, %69, %159) {chunk = 35 : i64, label = "load keys 5", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%69, %99, %129) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 5", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%13, %14, %70, %160) {chunk = 35 : i64, label = "load keys 6", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%70, %100, %130) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 6", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%15, %16, %71, %161) {chunk = 35 : i64, label = "load keys 7", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%71, %101, %131) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 7", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%17, %18, %72, %162) {chunk = 35 : i64, label = "load keys 8", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%72, %102, %132) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 8", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%19, %20, %73, %163) {chunk = 35 : i64, label = "load keys 9", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%73, %103, %133) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 9", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%21, %22, %74, %164) {chunk = 35 : i64, label = "load keys 10", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%74, %104, %134) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 10", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%23, %24, %75, %165) {chunk = 35 : i64, label = "load keys 11", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%75, %105, %135) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 11", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%25, %26, %76, %166) {chunk = 35 : i64, label = "load keys 12", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%76, %106, %136) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 12", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%27, %28, %77, %167) {chunk = 35 : i64, label = "load keys 13", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%77, %107, %137) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 13", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%29, %30, %78, %168) {chunk = 35 : i64, label = "load keys 14", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%78, %108, %138) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 14", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%31, %32, %79, %169) {chunk = 35 : i64, label = "load keys 15", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%79, %109, %139) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 15", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%33, %34, %80, %170) {chunk = 35 : i64, label = "load keys 16", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%80, %110, %140) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 16", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%35, %36, %81, %171) {chunk = 35 : i64, label = "load keys 17", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%81, %111, %141) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 17", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%37, %38, %82, %172) {chunk = 35 : i64, label = "load keys 18", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%82, %112, %142) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 18", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%39, %40, %83, %173) {chunk = 35 : i64, label = "load keys 19", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%83, %113, %143) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 19", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%41, %42, %84, %174) {chunk = 35 : i64, label = "load keys 20", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%84, %114, %144) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 20", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%43, %44, %85, %175) {chunk = 35 : i64, label = "load keys 21", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%85, %115, %145) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 21", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%45, %46, %86, %176) {chunk = 35 : i64, label = "load keys 22", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%86, %116, %146) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 22", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%47, %48, %87, %177) {chunk = 35 : i64, label = "load keys 23", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%87, %117, %147) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 23", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%49, %50, %88, %178) {chunk = 35 : i64, label = "load keys 24", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%88, %118, %148) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 24", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%51, %52, %89, %179) {chunk = 35 : i64, label = "load keys 25", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%89, %119, %149) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 25", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%53, %54, %90, %180) {chunk = 35 : i64, label = "load keys 26", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%90, %120, %150) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 26", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%55, %56, %91, %181) {chunk = 35 : i64, label = "load keys 27", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%91, %121, %151) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 27", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%57, %58, %92, %182) {chunk = 35 : i64, label = "load keys 28", rows = 560 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%92, %122, %152) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 28", out_cols = 560 : i64, rows = 560 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.load_vectors_after"(%59, %60, %93, %183) {chunk = 35 : i64, label = "load keys 29", rows = 144 : i64, scalars_a_row = 1 : i64, times = 1 : i64, vectors_a_row = 1 : i64} : (!hls.vectors<i8, 64 : i32>, !hls.vectors<f32, 16 : i32>, !hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.matmul"(%93, %123, %153) {accumulator = f32, batches = 1 : i64, cols = 64 : i64, count = 1 : i64, label = "scores 29", out_cols = 144 : i64, rows = 144 : i64} : (!hls.fifo<i8, 64 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%184, %124, %154) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 0", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%185, %125, %155) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 1", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%186, %126, %156) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 2", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%187, %127, %157) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 3", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%188, %128, %158) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 4", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%189, %129, %159) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 5", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%190, %130, %160) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 6", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%191, %131, %161) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 7", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%192, %132, %162) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 8", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%193, %133, %163) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 9", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%194, %134, %164) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 10", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%195, %135, %165) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 11", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%196, %136, %166) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 12", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%197, %137, %167) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 13", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%198, %138, %168) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 14", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%199, %139, %169) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 15", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%200, %140, %170) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 16", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%201, %141, %171) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 17", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%202, %142, %172) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 18", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%203, %143, %173) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 19", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%204, %144, %174) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 20", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%205, %145, %175) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 21", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%206, %146, %176) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 22", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%207, %147, %177) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 23", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%208, %148, %178) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 24", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%209, %149, %179) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 25", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%210, %150, %180) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 26", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%211, %151, %181) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 27", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%212, %152, %182) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 28", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 35 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.map"(%213, %153, %183) ({
      ^bb0(%arg0: f32, %arg1: f32):
        %276 = "mem.scalar"(%arg0, %arg1) {fn = "mul", operandSegmentSizes = array<i32: 1, 1, 0>} : (f32, f32) -> f32
        "mem.yield"(%276) : (f32) -> ()
      }) {label = "scores 29", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, vectors = 9 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 16 : i32>) -> ()
      "hls.topk_of_block"(%184, %214, %244) {first = 0 : i64, k = 4 : i64, label = "best 0", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%185, %215, %245) {first = 560 : i64, k = 4 : i64, label = "best 1", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%186, %216, %246) {first = 1120 : i64, k = 4 : i64, label = "best 2", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%187, %217, %247) {first = 1680 : i64, k = 4 : i64, label = "best 3", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%188, %218, %248) {first = 2240 : i64, k = 4 : i64, label = "best 4", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%189, %219, %249) {first = 2800 : i64, k = 4 : i64, label = "best 5", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%190, %220, %250) {first = 3360 : i64, k = 4 : i64, label = "best 6", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%191, %221, %251) {first = 3920 : i64, k = 4 : i64, label = "best 7", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%192, %222, %252) {first = 4480 : i64, k = 4 : i64, label = "best 8", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%193, %223, %253) {first = 5040 : i64, k = 4 : i64, label = "best 9", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%194, %224, %254) {first = 5600 : i64, k = 4 : i64, label = "best 10", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%195, %225, %255) {first = 6160 : i64, k = 4 : i64, label = "best 11", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%196, %226, %256) {first = 6720 : i64, k = 4 : i64, label = "best 12", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%197, %227, %257) {first = 7280 : i64, k = 4 : i64, label = "best 13", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%198, %228, %258) {first = 7840 : i64, k = 4 : i64, label = "best 14", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%199, %229, %259) {first = 8400 : i64, k = 4 : i64, label = "best 15", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%200, %230, %260) {first = 8960 : i64, k = 4 : i64, label = "best 16", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%201, %231, %261) {first = 9520 : i64, k = 4 : i64, label = "best 17", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%202, %232, %262) {first = 10080 : i64, k = 4 : i64, label = "best 18", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%203, %233, %263) {first = 10640 : i64, k = 4 : i64, label = "best 19", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%204, %234, %264) {first = 11200 : i64, k = 4 : i64, label = "best 20", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%205, %235, %265) {first = 11760 : i64, k = 4 : i64, label = "best 21", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%206, %236, %266) {first = 12320 : i64, k = 4 : i64, label = "best 22", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%207, %237, %267) {first = 12880 : i64, k = 4 : i64, label = "best 23", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%208, %238, %268) {first = 13440 : i64, k = 4 : i64, label = "best 24", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%209, %239, %269) {first = 14000 : i64, k = 4 : i64, label = "best 25", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%210, %240, %270) {first = 14560 : i64, k = 4 : i64, label = "best 26", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%211, %241, %271) {first = 15120 : i64, k = 4 : i64, label = "best 27", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%212, %242, %272) {first = 15680 : i64, k = 4 : i64, label = "best 28", largest = 1 : i64, rows = 560 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.topk_of_block"(%213, %243, %273) {first = 16240 : i64, k = 4 : i64, label = "best 29", largest = 1 : i64, rows = 144 : i64, times = 1 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.merge_topk"(%274, %275, %214, %215, %216, %217, %218, %219, %220, %221, %222, %223, %224, %225, %226, %227, %228, %229, %230, %231, %232, %233, %234, %235, %236, %237, %238, %239, %240, %241, %242, %243, %244, %245, %246, %247, %248, %249, %250, %251, %252, %253, %254, %255, %256, %257, %258, %259, %260, %261, %262, %263, %264, %265, %266, %267, %268, %269, %270, %271, %272, %273) {each = 560 : i64, k = 4 : i64, label = "join best", largest = 1 : i64, last = 144 : i64, operandSegmentSizes = array<i32: 1, 1, 30, 30>, times = 1 : i64} : (!hls.fifo<f32, 4 : i32>, !hls.fifo<i64, 4 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<f32, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>, !hls.fifo<i64, 1 : i32>) -> ()
      "hls.store_vectors"(%274, %61) {count = 1 : i64, label = "store best"} : (!hls.fifo<f32, 4 : i32>, !hls.vectors<f32, 4 : i32>) -> ()
      "hls.store_vectors"(%275, %62) {count = 1 : i64, label = "store where"} : (!hls.fifo<i64, 4 : i32>, !hls.vectors<i64, 4 : i32>) -> ()
    }) {name = "phase0"} : () -> ()
  }) {sym_name = "attend_int8"} : () -> ()
}
