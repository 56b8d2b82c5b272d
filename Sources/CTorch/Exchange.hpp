// Who carries tensors between processes that lie in an accelerator's memory.
#pragma once
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>
#include <string>

namespace ct {

struct Exchange {
  /// Whether it works in this program.
  bool (*is_there)();
  /// Makes what carries tensors of one device between processes that meet in a store.
  c10::intrusive_ptr<c10d::Backend> (*make)(const c10::intrusive_ptr<c10d::Store> &store, int rank, int count,
                                            at::Device device, std::chrono::milliseconds timeout);
  /// The same for one piece of hardware, whoever asks and on whichever machine.
  std::string (*unique_name)(at::Device device);
};

/// NCCL's where the build has it, else nothing; a test may put something else in its place before anything is made.
extern Exchange exchange;

}  // namespace ct
