// How kernels are emulated whose cycles are to be counted (emulation/log): first on the include path of such a build.
#pragma once

namespace hls_lib::emulation::mode {

constexpr bool kLogged = true;
constexpr bool kStrict = false;

}  // namespace hls_lib::emulation::mode
