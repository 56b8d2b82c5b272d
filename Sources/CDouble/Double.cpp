// Two devices without hardware. Their memory is the host's and their operators are the CPU's, through PyTorch's
// fallback for devices that have none of their own; but to the program they are no CPU. What reads a tensor's memory
// as the host's, or leaves one behind on the CPU, fails here as it would on a GPU.
#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/native/TensorShape.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/core/impl/alloc_cpu.h>
#include <torch/library.h>

#include <atomic>
#include <map>
#include <mutex>
#include <tuple>
#include <vector>

#include "Carrier.hpp"
#include "Guard.hpp"
#include "Pinned.hpp"
#include "Streams.hpp"

using namespace doubles;

namespace {

std::atomic<int64_t> operators{0};
/// Whether the CPU's operators are at work for the double's, which are what counts.
thread_local bool is_falling_back = false;

/// The host's memory, counted. As a GPU's it is given back at once, while work on it may be under way, and given out
/// again to the stream that it was made on.
struct Memory final : c10::DeviceAllocator {
  static inline std::atomic<int64_t> held{0}, peak{0};

  /// What a block is of: its device, stream and size. It stands before the block.
  using Kind = std::tuple<c10::DeviceIndex, c10::StreamId, size_t>;
  static_assert(sizeof(Kind) <= c10::gAlignment);
  struct Blocks {
    std::mutex mutex;
    std::map<Kind, std::vector<char *>> free;
  };
  /// Never destroyed: memory is given back until the very end.
  static Blocks &blocks() {
    static auto *const blocks = new Blocks;
    return *blocks;
  }

  static void release(void *block) {
    if (block == nullptr) return;
    forget(block);
    auto *start = static_cast<char *>(block) - c10::gAlignment;
    const Kind kind = *reinterpret_cast<Kind *>(start);
    held -= static_cast<int64_t>(std::get<size_t>(kind));
    const std::lock_guard lock(blocks().mutex);
    blocks().free[kind].push_back(start);
  }
  static char *take(const Kind &kind) {
    {
      const std::lock_guard lock(blocks().mutex);
      auto &free = blocks().free[kind];
      if (!free.empty()) {
        auto *start = free.back();
        free.pop_back();
        return start;
      }
    }
    auto *start = static_cast<char *>(c10::alloc_cpu(std::get<size_t>(kind) + c10::gAlignment));
    new (start) Kind(kind);
    return start;
  }
  at::DataPtr allocate(size_t bytes) override {
    const at::Device place(kDouble, current);
    if (bytes == 0) return {nullptr, nullptr, &release, place};
    auto *start = take({current, stream(current), bytes});
    const int64_t now = held += static_cast<int64_t>(bytes);
    for (int64_t most = peak; now > most && !peak.compare_exchange_weak(most, now);) {}
    return {start + c10::gAlignment, start + c10::gAlignment, &release, place};
  }
  at::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void *to, const void *from, size_t bytes) const override { default_copy_data(to, from, bytes); }
  bool initialized() override { return true; }
  void emptyCache(c10::MempoolId_t) override {}
  void recordStream(const at::DataPtr &, c10::Stream) override {}
  c10::CachingDeviceAllocator::DeviceStats getDeviceStats(c10::DeviceIndex) override {
    c10::CachingDeviceAllocator::DeviceStats statistics;
    statistics.allocated_bytes[0].peak = peak;
    return statistics;
  }
  void resetAccumulatedStats(c10::DeviceIndex) override {}
  void resetPeakStats(c10::DeviceIndex) override { peak = held.load(); }
};

Memory memory;

struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(at::DeviceIndex) const override { return true; }
  at::DeviceIndex deviceCount() const override { return device_count; }
  at::DeviceIndex getCurrentDevice() const override { return current; }
};

Hooks hooks;

/// Makes `current` the device that a tensor is wanted on.
struct On {
  const c10::DeviceIndex before = current;
  explicit On(std::optional<at::Device> device) {
    if (device && device->has_index()) current = device->index();
  }
  ~On() { current = before; }
};

at::Tensor empty(c10::SymIntArrayRef sizes, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                 std::optional<at::Device> device, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  const On on(device);
  return at::detail::empty_generic(C10_AS_INTARRAYREF_SLOW(sizes), &memory, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                   type.value_or(at::kFloat), format);
}

at::Tensor empty_strided(c10::SymIntArrayRef sizes, c10::SymIntArrayRef strides, std::optional<at::ScalarType> type,
                         std::optional<at::Layout>, std::optional<at::Device> device, std::optional<bool>) {
  const On on(device);
  return at::detail::empty_strided_generic(C10_AS_INTARRAYREF_SLOW(sizes), C10_AS_INTARRAYREF_SLOW(strides), &memory,
                                           c10::DispatchKeySet(c10::DispatchKey::PrivateUse1), type.value_or(at::kFloat));
}

at::Tensor copy_from(const at::Tensor &from, const at::Tensor &to, bool later) {
  if (is_falling_back) {
    host(to).copy_(host(from));
  } else {
    doubles::copy(from, to, later);
  }
  return to;
}

at::Tensor copy_from_and_resize(const at::Tensor &from, const at::Tensor &to) {
  if (to.sizes() != from.sizes()) {
    auto *storage = to.storage().unsafeGetStorageImpl();
    const size_t bytes = from.numel() * to.element_size();
    if (storage->nbytes() < bytes) {
      const On on(to.device());
      storage->set_data_ptr_noswap(storage->allocator()->allocate(bytes));
      storage->set_nbytes(bytes);
    }
    to.unsafeGetTensorImpl()->set_sizes_contiguous(from.sizes());
  }
  return copy_from(from, to, false);
}

at::Scalar item(const at::Tensor &tensor) {
  reads(tensor);
  return host(tensor).item();
}

at::Tensor as_strided(const at::Tensor &tensor, c10::SymIntArrayRef sizes, c10::SymIntArrayRef strides,
                      std::optional<c10::SymInt> offset) {
  return at::native::as_strided_tensorimpl(tensor, C10_AS_INTARRAYREF_SLOW(sizes), C10_AS_INTARRAYREF_SLOW(strides),
                                           offset ? std::optional<int64_t>(offset->expect_int()) : std::nullopt);
}

at::Tensor view(const at::Tensor &tensor, c10::SymIntArrayRef sizes) {
  return at::native::view(tensor, C10_AS_INTARRAYREF_SLOW(sizes));
}

at::Tensor reshape_alias(const at::Tensor &tensor, c10::SymIntArrayRef sizes, c10::SymIntArrayRef strides) {
  return at::native::as_strided_tensorimpl(tensor, C10_AS_INTARRAYREF_SLOW(sizes), C10_AS_INTARRAYREF_SLOW(strides), std::nullopt);
}

struct FallingBack {
  const bool before = std::exchange(is_falling_back, true);
  ~FallingBack() { is_falling_back = before; }
};

/// Goes through the tensors of an operand or a result.
template <typename Body>
void each(const c10::IValue &value, const Body &body) {
  if (value.isTensor() && value.toTensor().defined()) body(value.toTensor());
  if (!value.isTensorList()) return;
  for (const at::Tensor &tensor : value.toTensorVector()) body(tensor);
}

/// The CPU's operator, where all operands are on one device; single numbers may come from the CPU, as for a GPU.
void fallback(const c10::OperatorHandle &op, torch::jit::Stack *stack) {
  std::optional<at::Device> place;
  const auto look = [&](const at::Tensor &tensor) {
    if (!tensor.defined() || (tensor.is_cpu() && tensor.dim() == 0)) return;
    TORCH_CHECK(!place || *place == tensor.device(), "operands on ", *place, " and ", tensor.device(), " in ", op.schema().name());
    place = tensor.device();
    reads(tensor);
  };
  const auto arguments = torch::jit::last(*stack, op.schema().arguments().size());
  for (size_t place = 0; place < arguments.size(); ++place) {
    const auto *alias = op.schema().arguments()[place].alias_info();
    each(arguments[place], look);
    if (alias != nullptr && alias->isWrite()) each(arguments[place], writes);
  }
  const On on(place);
  ++operators;
  {
    const FallingBack falling_back;
    at::native::cpu_fallback(op, stack);
  }
  for (const auto &value : torch::jit::last(*stack, op.schema().returns().size())) each(value, writes);
}

}  // namespace

C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard);

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&fallback>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  library.impl("empty.memory_format", empty);
  library.impl("empty_strided", empty_strided);
  library.impl("_copy_from", copy_from);
  library.impl("_copy_from_and_resize", copy_from_and_resize);
  library.impl("_local_scalar_dense", item);
  library.impl("as_strided", as_strided);
  library.impl("view", view);
  library.impl("_reshape_alias", reshape_alias);
}

// The fallback writes results of operators that work in place back by this, from the CPU's side too.
TORCH_LIBRARY_IMPL(aten, CPU, library) { library.impl("_copy_from_and_resize", copy_from_and_resize); }

void cdouble_install(void) {
  c10::SetAllocator(kDouble, &memory);
  at::RegisterPrivateUse1HooksInterface(&hooks);
  c10::register_privateuse1_backend("double");
  ct::accelerator = kDouble;
  // Any memory will do: that it is pinned is what counts.
  ct::pinning = {[](void *, size_t) { return true; }, [](void *start) { return unpin(start), true; }};
  carry_doubles();
  cdouble_install_channels();
}

int64_t cdouble_operators(void) { return operators; }

int64_t cdouble_peak(void) { return Memory::peak; }

int64_t cdouble_late_copies(void) { return late_copies(); }
