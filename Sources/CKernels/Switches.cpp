#include "Switches.hpp"

#include <array>
#include <atomic>
#include <utility>

#include "Simd.hpp"

namespace {
/// Off for the process, and what a thread has chosen for its own work.
std::array<std::atomic<bool>, CT_KERNELS> is_off;
thread_local std::array<CTChoice, CT_KERNELS> chosen;
}  // namespace

bool ct::uses(CTKernel kernel) { return ct_kernel_is_set(kernel) && has_simd(); }

void ct_kernel_set(CTKernel kernel, bool on) { is_off[kernel] = !on; }
CTChoice ct_kernel_choose(CTKernel kernel, CTChoice choice) { return std::exchange(chosen[kernel], choice); }
bool ct_kernel_is_set(CTKernel kernel) {
  return chosen[kernel] == CT_AS_PROCESS ? !is_off[kernel] : chosen[kernel] == CT_ON;
}
bool ct_kernels_can_run(void) { return ct::has_simd(); }
bool ct_kernels_are_narrow(void) {
#if defined(CT_AVX2)
  return true;
#else
  return false;
#endif
}
