// What a device does beside its work: copies from and to pinned memory, on a stream of their own.
#include <c10/core/DeviceGuard.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include <cstdlib>
#include <memory>
#include <optional>

#include "Guard.hpp"
#include "Pinned.hpp"

using namespace ct;

struct CTStream {
  c10::impl::VirtualGuardImpl guard;
  c10::Device device;
  c10::Stream side;
  /// All that was given to it.
  c10::Event last;
  /// What the thread's stream was before.
  std::optional<c10::Stream> before;

  explicit CTStream(c10::Device device)
      : guard(device.type()), device(device), side(guard.getNewStream(device)), last(device.type()) {}
};

namespace {

/// A function of CUDA's runtime, which comes with libtorch for CUDA; null without.
template <typename Function>
Function *of_runtime(const char *name) {
  return reinterpret_cast<Function *>(dlsym(RTLD_DEFAULT, name));
}

/// What failed here is no failure of the kernel that is asked for its own next.
bool is_done(int status) {
  static auto *const forget = of_runtime<int()>("cudaGetLastError");
  if (status != 0 && forget != nullptr) forget();
  return status == 0;
}

// Pages of our own: libtorch's allocator of pinned memory rounds sizes up to powers of two.
bool pin(void *start, size_t bytes) {
  constexpr unsigned for_all_devices = 1;
  static auto *const call = of_runtime<int(void *, size_t, unsigned)>("cudaHostRegister");
  return call != nullptr && is_done(call(start, bytes, for_all_devices));
}

bool unpin(void *start) {
  static auto *const call = of_runtime<int(void *)>("cudaHostUnregister");
  return call != nullptr && is_done(call(start));
}

// Each function here makes the device at hand the thread's, until it returns: events and CUDA's runtime would else
// go back to a device that the program does not use, and open it.

/// Pages of one tensor.
struct Pages {
  void *start;
  c10::Device device;
};

void release(void *context) {
  const std::unique_ptr<Pages> pages(static_cast<Pages *>(context));
  bool is_unpinned = false;
  attempted([&] {
    const c10::DeviceGuard guard(pages->device);
    // It may still be at work on them.
    c10::impl::VirtualGuardImpl(pages->device.type()).synchronizeDevice(pages->device.index());
    is_unpinned = pinning.unpin(pages->start);
  });
  // Pages that stay pinned would be taken for what comes to lie there next.
  if (is_unpinned) std::free(pages->start);
}

/// A tensor's copy in pages of its own; none where they cannot be pinned.
std::optional<at::Tensor> pinned(const at::Tensor &tensor, c10::Device device) {
  constexpr size_t page = 4096;
  const size_t bytes = (tensor.nbytes() + page - 1) / page * page;
  if (device.is_cpu() || bytes == 0) return {};
  void *start = std::aligned_alloc(page, bytes);
  TORCH_CHECK(start != nullptr, "there is no memory for ", bytes, " bytes");
  const c10::DeviceGuard guard(device);
  if (!pinning.pin(start, bytes)) {
    std::free(start);
    return {};
  }
  c10::Storage storage(c10::Storage::use_byte_size_t{}, bytes, at::DataPtr(start, new Pages{start, device}, &release, at::kCPU));
  auto copy = at::empty({0}, tensor.options().device(at::kCPU).requires_grad(false));
  copy.set_(storage, 0, tensor.sizes());
  return copy.copy_(tensor.detach());
}

}  // namespace

namespace ct {

Pinning pinning{pin, unpin};

bool is_pinned(const at::Tensor &tensor) {
  return tensor.is_cpu() && tensor.has_storage() && tensor.storage().data_ptr().get_deleter() == &release;
}

}  // namespace ct

CTTensor *ct_pinned(const CTTensor *self, CTDevice device) {
  return guarded([&] {
    if (auto copy = pinned(in(self), ct::device(device))) return *copy;
    return in(self).detach().to(at::kCPU, /*non_blocking=*/false, /*copy=*/true).contiguous();
  });
}

bool ct_is_pinned(const CTTensor *self) { return is_pinned(in(self)); }

CTTensor *ct_send(const CTTensor *self, CTDevice device) {
  return guarded([&] {
    return in(self).to(ct::device(device), in(self).scalar_type(), /*non_blocking=*/is_pinned(in(self)));
  });
}

CTStatus ct_copy_later_(CTTensor *self, const CTTensor *source) {
  return attempted([&] { in(self).copy_(in(source), /*non_blocking=*/is_pinned(in(self))); });
}

CTStatus ct_synchronize(CTDevice device) {
  return attempted([&] {
    const auto place = ct::device(device);
    if (place.is_cpu()) return;
    const c10::DeviceGuard guard(place);
    c10::impl::VirtualGuardImpl(place.type()).synchronizeDevice(place.index());
  });
}

CTStream *ct_stream_open(CTDevice device) {
  return guarded_as<CTStream *>(nullptr, [&] {
    const c10::DeviceGuard guard(ct::device(device));
    return new CTStream(ct::device(device));
  });
}

CTStatus ct_stream_begin(CTStream *self) {
  return attempted([&] {
    TORCH_CHECK(!self->before, "a stream is begun that has not ended");
    const c10::DeviceGuard guard(self->device);
    const auto now = self->guard.getStream(self->device);
    c10::Event given(self->device.type());
    given.record(now);
    given.block(self->side);
    self->before = self->guard.exchangeStream(self->side);
  });
}

CTStatus ct_stream_end(CTStream *self) {
  return attempted([&] {
    TORCH_CHECK(self->before, "a stream is ended that has not begun");
    const c10::DeviceGuard guard(self->device);
    self->guard.exchangeStream(*std::exchange(self->before, std::nullopt));
    self->last.record(self->side);
  });
}

CTStatus ct_stream_join(CTStream *self) {
  return attempted([&] {
    const c10::DeviceGuard guard(self->device);
    self->last.block(self->guard.getStream(self->device));
  });
}
