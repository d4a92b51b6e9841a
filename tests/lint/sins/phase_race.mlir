// Scratch that is written through one pointer and read through another.
// FINDS: error phase-race: load scratch_loaded
// MEND: "hls.load_rows"(%scratch_loaded, %b) => "hls.load_rows"(%scratch_stored, %b)
"hls.kernel"() ({
  %x = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_x", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "x", role = "in", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %scratch_stored = "hls.port"() {arg = 3 : i64, bank = 0 : i64, bundle = "gmem_scratch_stored", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "scratch_stored", role = "scratch", block_elements = 0 : i64} : () -> !hls.memory<f32>
  "hls.phase"() ({
    %a = "hls.stream"() {depth = 64 : i64, name = "a", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    "hls.load_rows"(%x, %a) {cols = 256 : i64, label = "load x", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.store_rows"(%a, %scratch_stored) {cols = 256 : i64, label = "store scratch_stored", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.memory<f32>) -> ()
  }) {name = "phase0"} : () -> ()
  %scratch_loaded = "hls.port"() {arg = 3 : i64, bank = 0 : i64, bundle = "gmem_scratch_loaded", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "scratch_loaded", role = "scratch", block_elements = 0 : i64} : () -> !hls.memory<f32>
  %y = "hls.port"() {arg = 0 : i64, bank = 0 : i64, bundle = "gmem_y", channel = 0 : i64, channels = 1 : i64, elements = 65536 : i64, name = "y", role = "out", block_elements = 0 : i64} : () -> !hls.memory<f32>
  "hls.phase"() ({
    %b = "hls.stream"() {depth = 64 : i64, name = "b", vectors = 4096 : i64} : () -> !hls.fifo<f32, 16 : i32>
    "hls.load_rows"(%scratch_loaded, %b) {cols = 256 : i64, label = "load scratch_loaded", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.memory<f32>, !hls.fifo<f32, 16 : i32>) -> ()
    "hls.store_rows"(%b, %y) {cols = 256 : i64, label = "store y", offset = 0 : i64, row_stride = 256 : i64, rows = 256 : i64} : (!hls.fifo<f32, 16 : i32>, !hls.memory<f32>) -> ()
  }) {name = "phase1"} : () -> ()
}) {sym_name = "main"} : () -> ()
