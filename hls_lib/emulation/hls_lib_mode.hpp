// How kernels are emulated. This is the plain way, which costs nothing; a build that finds another file of this name
// first on its include path, in emulation/modes/, is told more or is stricter.
#pragma once

namespace hls_lib::emulation::mode {

// Streams, loops and accesses to memory are written into a log.
constexpr bool kLogged = false;
// What hardware would not bear fails.
constexpr bool kStrict = false;

}  // namespace hls_lib::emulation::mode
