// Collectives between GPUs: libtorch's NCCL group, where ./vapo found CUDA's and NCCL's headers.
//
// Only the host's side of CUDA is needed. The folder CUDA stands in for what is included on the way there and not
// used, so that the headers that come with torch from a package index are enough: no toolkit, no compiler of NVIDIA's.
#ifdef CT_NCCL
#define USE_C10D_NCCL
#include <ATen/cuda/CUDAContextLight.h>
#include <torch/csrc/cuda/nccl.h>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include <cstdlib>
#endif

#include "Exchange.hpp"

namespace ct {

#ifdef CT_NCCL
namespace {

/// Whether the headers are of the library's version: its options are made here, filled there, and differ in size.
bool is_of_one_version() {
  constexpr uint64_t headers = uint64_t{NCCL_MAJOR} << 32 | uint64_t{NCCL_MINOR} << 16 | uint64_t{NCCL_PATCH};
  return torch::cuda::nccl::version() == headers;
}

c10::intrusive_ptr<c10d::Backend> nccl(const c10::intrusive_ptr<c10d::Store> &store, int rank, int count,
                                       at::Device device, std::chrono::milliseconds timeout) {
  using c10d::ProcessGroupNCCL;
  // A time-out would leave word in the store, by which those who are started again would end themselves.
  setenv("TORCH_NCCL_DUMP_ON_TIMEOUT", "0", /*overwrite=*/0);
  // What is under way shall not wait behind the work that it was begun for.
  const auto options = ProcessGroupNCCL::Options::create(/*is_high_priority_stream=*/true);
  options->timeout = timeout;
  const auto group = c10::make_intrusive<ProcessGroupNCCL>(store, rank, count, options);
  group->setBoundDeviceId(device);
  return group;
}

std::string unique_name(at::Device device) {
  const auto &id = at::cuda::getDeviceProperties(device.index())->uuid;
  return std::string(id.bytes, sizeof id.bytes);
}

}  // namespace

Exchange exchange{is_of_one_version, nccl, unique_name};
#else
Exchange exchange{};
#endif

}  // namespace ct
