// How kernels are emulated that must show what hardware would not bear (emulation/strict): first on the include path
// of such a build.
#pragma once

namespace hls_lib::emulation::mode {

constexpr bool kLogged = false;
constexpr bool kStrict = true;

}  // namespace hls_lib::emulation::mode
