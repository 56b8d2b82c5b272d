// Where exceptions end, and how a CTTensor stands for an at::Tensor.
#pragma once
#include <ATen/ATen.h>

#include <string>
#include <utility>
#include <vector>

#include "ctorch.h"

struct CTTensor {
  at::Tensor tensor;
};

namespace ct {

/// The reason of the last failure on this thread.
std::string &last_error();

inline const at::Tensor &in(const CTTensor *self) { return self->tensor; }
inline at::Tensor &in(CTTensor *self) { return self->tensor; }
inline CTTensor *out(at::Tensor tensor) { return new CTTensor{std::move(tensor)}; }
inline at::IntArrayRef shape(const int64_t *sizes, int64_t rank) {
  return {sizes, static_cast<size_t>(rank)};
}

/// What stands for a GPU: CUDA, unless a test has put something else in its place before anything is made.
extern at::DeviceType accelerator;

at::ScalarType type(CTType type);
at::Device device(CTDevice device);
std::vector<at::Tensor> list(CTTensor *const *tensors, int64_t count);

/// Runs `body`. No exception leaves: `failed` comes back and the reason waits in ct_last_error.
template <typename Result, typename Body>
Result guarded_as(Result failed, Body body) noexcept {
  try {
    return body();
  } catch (const c10::Error &error) {
    last_error() = error.what_without_backtrace();
  } catch (const std::exception &error) {
    last_error() = error.what();
  } catch (...) {
    last_error() = "libtorch threw something that is not a std::exception";
  }
  return failed;
}

/// Runs a body that makes a tensor.
template <typename Body>
CTTensor *guarded(Body body) noexcept {
  return guarded_as<CTTensor *>(nullptr, [&] { return out(body()); });
}

/// Runs a body that makes nothing.
template <typename Body>
CTStatus attempted(Body body) noexcept {
  return guarded_as<CTStatus>(1, [&] {
    body();
    return 0;
  });
}

}  // namespace ct
