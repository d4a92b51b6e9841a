// Vitis has its own; it is the same here as in emulation.
#pragma once
#include "../../emulation/ap_int.h"
