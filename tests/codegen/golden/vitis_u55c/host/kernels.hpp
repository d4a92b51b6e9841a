// The kernels of this project for host.cpp: their arguments, and the golden data.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "golden.hpp"

// A buffer on the card. Of a tensor sharded over channels it holds a block, which begins at `first_byte`.
struct buffer {
  std::string file;  // the tensor's golden data; empty where the kernel keeps something for itself
  std::size_t bytes;
  std::size_t first_byte;
};

struct output {
  std::vector<std::size_t> buffers;  // which, in the order of the result's blocks
  bool (*compare)(const void*);
};

struct kernel {
  std::string name;
  std::vector<buffer> buffers;
  std::vector<std::size_t> pointers;  // the buffer of each pointer argument
  std::vector<std::int64_t> scalars;  // the arguments after them
  std::vector<output> outputs;
  // Of a kernel that is started once, in place of the scalars: how many words its queue of commands has, and those of
  // them that have it run once and end.
  std::size_t queue_words;
  std::map<std::size_t, std::uint64_t> commands;
};

inline const std::vector<kernel> kernels = {
    {
        "weigh",
        {
            {"in0_rows.bin", 36, 0},  // rows_ch0
            {"in0_rows.bin", 24, 36},  // rows_ch1
            {"in1_weights.bin", 10, 0},  // weights
            {"", 20, 0},  // sums_out
            {"", 10, 0},  // products_out
            {"", 10, 0},  // rounded_out
            {"", 40, 0},  // order_out
            {"", 5, 0},  // positive_out
        },
        {0, 1, 2, 3, 4, 5, 6, 7},
        {3},
        {
            {{3}, [](const void* got) {
               return golden::compare("out0_sums_out.bin", got, golden::float32, 5, 0.0001, 0.000231);
             }},
            {{4}, [](const void* got) {
               return golden::compare("out1_products_out.bin", got, golden::float16, 5, 0.01, 0.0462);
             }},
            {{5}, [](const void* got) {
               return golden::compare("out2_rounded_out.bin", got, golden::bfloat16, 5, 0.05, 0.231);
             }},
            {{6}, [](const void* got) {
               return golden::compare("out3_order_out.bin", got, golden::int64, 5, 0.0, 0.0);
             }},
            {{7}, [](const void* got) {
               return golden::compare("out4_positive_out.bin", got, golden::boolean, 5, 0.0, 0.0);
             }},
        },
        0,
        {},
    },
};
