// Collectives between GPUs: libtorch's NCCL group, where ./vapo found CUDA's and NCCL's headers.
//
// Only the host's side of CUDA is needed. The folder CUDA stands in for what is included on the way there and not
// used, so that the headers that come with torch from a package index are enough: no toolkit, no compiler of NVIDIA's.
#ifdef CT_NCCL
#define USE_C10D_NCCL
#include <ATen/cuda/CUDAContextLight.h>
#include <torch/csrc/cuda/nccl.h>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include <nccl.h>

#include <cstddef>
#include <cstdlib>
#include <type_traits>

#include "Broadcast.hpp"
#endif

#include "Exchange.hpp"

namespace ct {

#ifdef CT_NCCL
namespace {

// What Broadcast.hpp says of NCCL's interface.
template <typename Result, typename... Of>
using Call = Result (*)(Of...);
static_assert(sizeof(ncclUniqueId) == sizeof(ChannelName) && sizeof(ncclResult_t) == sizeof(int));
static_assert(ncclUint8 == nccl_uint8 && ncclFloat16 == nccl_float16 && ncclFloat32 == nccl_float32 &&
              ncclFloat64 == nccl_float64 && ncclBfloat16 == nccl_bfloat16 && ncclSum == nccl_sum);
static_assert(ncclSuccess == nccl_success && ncclInvalidArgument == nccl_invalid_argument &&
              ncclRemoteError == nccl_remote_error && ncclInProgress == nccl_in_progress);
static_assert(offsetof(ncclConfig_t, size) == offsetof(ChannelSettings, size) &&
              offsetof(ncclConfig_t, magic) == offsetof(ChannelSettings, magic) &&
              offsetof(ncclConfig_t, version) == offsetof(ChannelSettings, version) &&
              offsetof(ncclConfig_t, blocking) == offsetof(ChannelSettings, blocking) &&
              NCCL_API_MAGIC == ChannelSettings{}.magic && NCCL_VERSION(2, 14, 0) == ChannelSettings{}.version);
static_assert(std::is_same_v<decltype(&ncclCommInitRankConfig),
                             Call<ncclResult_t, ncclComm_t *, int, ncclUniqueId, int, ncclConfig_t *>>);
static_assert(std::is_same_v<decltype(&ncclBroadcast), Call<ncclResult_t, const void *, void *, size_t, ncclDataType_t,
                                                            int, ncclComm_t, cudaStream_t>>);
static_assert(std::is_same_v<decltype(&ncclAllReduce), Call<ncclResult_t, const void *, void *, size_t, ncclDataType_t,
                                                            ncclRedOp_t, ncclComm_t, cudaStream_t>>);
static_assert(std::is_same_v<decltype(&ncclCommGetAsyncError), Call<ncclResult_t, ncclComm_t, ncclResult_t *>>);
static_assert(std::is_same_v<decltype(&ncclCommAbort), Call<ncclResult_t, ncclComm_t>>);

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
