#include "hls_lib/commands.hpp"
#include "hls_lib/types.hpp"
using namespace hls_lib;

// model.py:3: sums = rows.sum(-1)
void weigh_step(const float* rows_ch0, const float* rows_ch1, const half_t* weights, float* sums_out,
    half_t* products_out, bfloat16_t* rounded_out, int64_t* order_out, bool* positive_out, int64_t row_elements) {
  for (int row = 0; row < 5; ++row) {
    const float* values = row < 3 ? rows_ch0 + row * row_elements : rows_ch1 + (row - 3) * row_elements;
    const float sum = (values[0] + values[1]) + values[2];
    sums_out[row] = sum;
    products_out[row] = half_t(sum * float(weights[row]));
    rounded_out[row] = bfloat16_t(sum);
    order_out[row] = (int64_t(1) << 62) + row;
    positive_out[row] = sum > 0;
  }
}

// Started once: the host commands every step, with the places of its data behind the ports.
extern "C" void weigh(const float* rows_ch0,
    const float* rows_ch1,
    const half_t* weights,
    float* sums_out,
    half_t* products_out,
    bfloat16_t* rounded_out,
    int64_t* order_out,
    bool* positive_out,
    volatile uint64_t* commands_) {
#pragma HLS interface m_axi port=commands_ bundle=host offset=slave depth=264
  uint64_t words[9];
  for (uint64_t number = hls_lib::first_command(commands_); hls_lib::next_command(commands_, number, words);
       ++number) {
#pragma HLS pipeline off
    weigh_step(hls_lib::at(rows_ch0, words[0]),
        hls_lib::at(rows_ch1, words[1]),
        hls_lib::at(weights, words[2]),
        hls_lib::at(sums_out, words[3]),
        hls_lib::at(products_out, words[4]),
        hls_lib::at(rounded_out, words[5]),
        hls_lib::at(order_out, words[6]),
        hls_lib::at(positive_out, words[7]),
        words[8]);
  }
}
