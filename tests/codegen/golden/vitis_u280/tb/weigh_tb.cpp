// Test bench of weigh: runs it once on the golden inputs and compares with what eager PyTorch gave.
//
//   weigh_tb [FOLDER]     FOLDER holds the golden data, data/weigh by default
//
// For g++ with hls_lib/emulation, and for C simulation and co-simulation in Vitis HLS. Exit status 0: all were equal.
#include "golden.hpp"
#include "hls_lib/pack.hpp"
#ifndef HLS_LIB_SYNTHESIS
#include "detail/scheduler.hpp"
#endif

using namespace hls_lib;

extern "C" void weigh(const float* rows_ch0, const float* rows_ch1, const half_t* weights, float* sums_out,
    half_t* products_out, bfloat16_t* rounded_out, int64_t* order_out, bool* positive_out,
    volatile uint64_t* commands_);

namespace {

void run() {
  // In blocks as on the card: channel c holds 9 elements from element c * 9 on, the last one the rest.
  auto rows = golden::blocks<float>("in0_rows.bin", 2, 9, 15);
  auto weights = golden::whole<half_t>("in1_weights.bin", 5);
  golden::buffer<float> sums_out(5);
  golden::buffer<half_t> products_out(5);
  golden::buffer<bfloat16_t> rounded_out(5);
  golden::buffer<int64_t> order_out(5);
  golden::buffer<bool> positive_out(5);

  // One command, with the data where the ports point to, and the end.
  golden::buffer<uint64_t> commands_(264);
  commands_.data()[1] = 1;
  commands_.data()[8] = 1;
  commands_.data()[17] = 3ULL;
  commands_.data()[24] = ~0ULL;
#ifndef HLS_LIB_SYNTHESIS
  emulation::set_exact_depths(true);  // FIFOs as deep as in hardware: shows that none of them is too short
#endif
  weigh(rows[0].data(), rows[1].data(), weights.data(), sums_out.data(), products_out.data(), rounded_out.data(),
      order_out.data(), positive_out.data(), commands_.data());

  golden::compare("out0_sums_out.bin", sums_out.data(), golden::float32, 5, 0.0001, 0.000231);
  golden::compare("out1_products_out.bin", products_out.data(), golden::float16, 5, 0.01, 0.0462);
  golden::compare("out2_rounded_out.bin", rounded_out.data(), golden::bfloat16, 5, 0.05, 0.231);
  golden::compare("out3_order_out.bin", order_out.data(), golden::int64, 5, 0.0, 0.0);
  golden::compare("out4_positive_out.bin", positive_out.data(), golden::boolean, 5, 0.0, 0.0);
}

}  // namespace

int main(int count, char** arguments) { return golden::bench(run, count, arguments, "data/weigh"); }
