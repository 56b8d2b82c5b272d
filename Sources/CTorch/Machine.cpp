// What libtorch is and what it runs on.
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/version.h>

#include <cstdlib>

#include "Guard.hpp"

using namespace ct;

const char *ct_version(void) { return TORCH_VERSION; }

const char *ct_cpu_capability(void) {
  thread_local std::string capability;
  capability = at::get_cpu_capability();
  return capability.c_str();
}

int32_t ct_threads(void) { return at::get_num_threads(); }
void ct_set_threads(int32_t count) { at::set_num_threads(count); }

int32_t ct_cuda_devices(void) {
  return guarded_as<int32_t>(0, [] {
    if (accelerator != at::kCUDA) return static_cast<int32_t>(c10::impl::VirtualGuardImpl(accelerator).deviceCount());
    return at::hasCUDA() ? static_cast<int32_t>(at::detail::getCUDAHooks().deviceCount()) : 0;
  });
}

CTStatus ct_cuda_peak(int32_t index, int64_t *bytes) {
  return attempted([&] {
    const auto statistics = c10::getDeviceAllocator(accelerator)->getDeviceStats(static_cast<at::DeviceIndex>(index));
    *bytes = statistics.allocated_bytes[0].peak;
  });
}

CTStatus ct_cuda_reset_peak(int32_t index) {
  return attempted([&] { c10::getDeviceAllocator(accelerator)->resetPeakStats(static_cast<at::DeviceIndex>(index)); });
}

void ct_set_deterministic(bool on) {
  // cuBLAS repeats itself only with workspaces of its own, and reads this when CUDA starts.
  if (on) setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  at::globalContext().setDeterministicAlgorithms(on, /*warn_only=*/false);
  at::globalContext().setDeterministicCuDNN(on);
  // Else every new tensor is filled with not-a-number first, in case somebody reads it unwritten.
  at::globalContext().setDeterministicFillUninitializedMemory(false);
}

// MKL asks this symbol whether the CPU is Intel's and takes its AVX2 path when it is not, at less
// than half the speed on AMD's AVX-512 cores. Answering yes gives every CPU the path its own
// feature bits allow (docs/decisions/mkl.md).
extern "C" __attribute__((visibility("default"), used)) int mkl_serv_intel_cpu_true(void) {
  return 1;
}
