// All of hls_lib.
#pragma once
#include "dataflow.hpp"
#include "fork.hpp"
#include "load.hpp"
#include "map.hpp"
#include "matmul.hpp"
#include "pack.hpp"
#include "pattern.hpp"
#include "store.hpp"
#include "stream.hpp"
#include "topk.hpp"
#include "types.hpp"
