// NCCL's functions for a communicator of this program's own, beside the groups of libtorch: these meet in a store of
// their own, and an inference engine does not.
//
// They are looked up as the program runs: a build has them wherever there is a library, with headers or without. What
// is declared here is NCCL's interface as it has been since version 2.14; NCCL.cpp compares it where the headers are.
#pragma once
#include <cstddef>

namespace ct {

/// ncclUniqueId.
struct ChannelName {
  char bytes[128];
};

/// ncclConfig_t as of version 2.14, which is what `version` says; later ones have more behind it.
struct ChannelSettings {
  size_t size = sizeof(ChannelSettings);
  unsigned magic = 0xcafebeef;
  unsigned version = 21400;
  int blocking = 0;
};

/// A call returns at once, with `nccl_in_progress` where it goes on; the next comes when `state` says that it is done.
struct Nccl {
  int (*get_name)(ChannelName *name);
  int (*join)(void **channel, int count, ChannelName name, int rank, ChannelSettings *settings);
  int (*all_reduce)(const void *from, void *to, size_t count, int type, int operation, void *channel, void *stream);
  int (*broadcast)(const void *from, void *to, size_t count, int type, int root, void *channel, void *stream);
  int (*state)(void *channel, int *state);
  int (*abort)(void *channel);
  const char *(*words)(int result);
};

/// ncclResult_t.
constexpr int nccl_success = 0, nccl_invalid_argument = 4, nccl_remote_error = 6, nccl_in_progress = 7;
/// ncclDataType_t.
constexpr int nccl_uint8 = 1, nccl_float16 = 6, nccl_float32 = 7, nccl_float64 = 8, nccl_bfloat16 = 9;
/// ncclSum.
constexpr int nccl_sum = 0;

/// What is taken in the library's place; NULL takes the library. For tests, to be set before anything is made.
extern const Nccl *nccl_double;

}  // namespace ct
