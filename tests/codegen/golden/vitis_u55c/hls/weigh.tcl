# weigh in Vitis HLS before 2023.2. From the project's folder:
#   STEP=csim|csynth|cosim vitis_hls -f hls/weigh.tcl
set root [pwd]
set flags "-std=c++17 -DHLS_LIB_SYNTHESIS -I$root/hls_lib/include"

file mkdir build/hls
cd build/hls
open_project -reset weigh_$::env(STEP)
set_top weigh
add_files $root/kernels/weigh.cpp -cflags $flags
add_files -tb $root/tb/weigh_tb.cpp -cflags "$flags -I$root/common"
open_solution -reset solution -flow_target vitis
set_part xcu55c-fsvh2892-2L-e
create_clock -period 4

switch $::env(STEP) {
  csim { csim_design -argv $root/data/weigh }
  csynth { csynth_design }
  cosim {
    csynth_design
    cosim_design -argv $root/data/weigh
  }
  default { error "STEP is csim, csynth or cosim" }
}
exit
