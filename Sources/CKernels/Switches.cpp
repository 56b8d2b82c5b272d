#include "Switches.hpp"

#include <array>

#include "Simd.hpp"

namespace {
std::array<bool, CT_KERNELS> switches = [] {
  std::array<bool, CT_KERNELS> all;
  all.fill(true);
  return all;
}();
}  // namespace

bool ct::uses(CTKernel kernel) { return switches[kernel] && has_simd(); }

void ct_kernel_set(CTKernel kernel, bool on) { switches[kernel] = on; }
bool ct_kernel_is_set(CTKernel kernel) { return switches[kernel]; }
bool ct_kernels_can_run(void) { return ct::has_simd(); }
bool ct_kernels_are_narrow(void) {
#if defined(CT_AVX2)
  return true;
#else
  return false;
#endif
}
