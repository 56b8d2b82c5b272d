// Make, release, copy to and from host memory.
#include <cstring>

#include "Guard.hpp"

namespace ct {

std::string &last_error() {
  thread_local std::string reason;
  return reason;
}

at::DeviceType accelerator = at::kCUDA;

at::ScalarType type(CTType type) {
  switch (type) {
    case CT_FLOAT32: return at::kFloat;
    case CT_BFLOAT16: return at::kBFloat16;
    case CT_INT64: return at::kLong;
    case CT_BOOL: return at::kBool;
    case CT_FLOAT64: return at::kDouble;
    case CT_FLOAT16: return at::kHalf;
    case CT_UINT8: return at::kByte;
  }
  throw std::invalid_argument("unknown element type");
}

at::Device device(CTDevice device) {
  return device.cuda ? at::Device(accelerator, static_cast<at::DeviceIndex>(device.index))
                     : at::Device(at::kCPU);
}

std::vector<at::Tensor> list(CTTensor *const *tensors, int64_t count) {
  std::vector<at::Tensor> result;
  result.reserve(count);
  for (int64_t i = 0; i < count; ++i) result.push_back(in(tensors[i]));
  return result;
}

}  // namespace ct

using namespace ct;

const char *ct_last_error(void) { return last_error().c_str(); }

void ct_release(CTTensor *tensor) { delete tensor; }

CTTensor *ct_from_host(const void *data, CTType type, const int64_t *sizes, int64_t rank,
                       CTDevice where) {
  return guarded([&] {
    auto host = at::from_blob(const_cast<void *>(data), shape(sizes, rank), ct::type(type));
    return host.to(ct::device(where), /*non_blocking=*/false, /*copy=*/true);
  });
}

CTStatus ct_to_host(const CTTensor *self, void *out, size_t bytes) {
  return attempted([&] {
    auto host = in(self).detach().to(at::kCPU).contiguous();
    TORCH_CHECK(host.nbytes() == bytes, "the tensor has ", host.nbytes(), " bytes, not ", bytes);
    if (bytes > 0) std::memcpy(out, host.const_data_ptr(), bytes);
  });
}

void *ct_host_memory(const CTTensor *self) {
  const auto &tensor = in(self);
  return tensor.is_cpu() && tensor.is_contiguous() ? tensor.data_ptr() : nullptr;
}

CTStatus ct_vacate(CTTensor *self) {
  return attempted([&] {
    auto *storage = in(self).storage().unsafeGetStorageImpl();
    TORCH_CHECK(storage->resizable(), "memory that libtorch has not taken cannot be given back");
    const c10::DeviceGuard guard(storage->device());
    storage->set_data_ptr_noswap(storage->allocator()->allocate(0));
    storage->set_nbytes(0);
  });
}

CTStatus ct_occupy(CTTensor *self) {
  return attempted([&] {
    auto &tensor = in(self);
    auto *storage = tensor.storage().unsafeGetStorageImpl();
    TORCH_CHECK(tensor.is_contiguous() && tensor.storage_offset() == 0, "a part of memory cannot be taken");
    const size_t bytes = tensor.numel() * tensor.element_size();
    // An allocator takes memory of whatever GPU is the thread's.
    const c10::DeviceGuard guard(storage->device());
    storage->set_data_ptr_noswap(storage->allocator()->allocate(bytes));
    storage->set_nbytes(bytes);
    tensor.unsafeGetTensorImpl()->bump_version();
  });
}

int64_t ct_rank(const CTTensor *self) { return in(self).dim(); }
int64_t ct_size(const CTTensor *self, int64_t axis) { return in(self).size(axis); }

int32_t ct_type(const CTTensor *self) {
  switch (in(self).scalar_type()) {
    case at::kFloat: return CT_FLOAT32;
    case at::kBFloat16: return CT_BFLOAT16;
    case at::kLong: return CT_INT64;
    case at::kBool: return CT_BOOL;
    case at::kDouble: return CT_FLOAT64;
    case at::kHalf: return CT_FLOAT16;
    case at::kByte: return CT_UINT8;
    default: return -1;
  }
}

CTDevice ct_device(const CTTensor *self) {
  auto device = in(self).device();
  const bool is_accelerator = device.type() == accelerator;
  return {is_accelerator, is_accelerator ? device.index() : 0};
}

CTStatus ct_item(const CTTensor *self, double *out) {
  return attempted([&] { *out = in(self).item().toDouble(); });
}

CTTensor *ct_to(const CTTensor *self, CTDevice device, CTType type) {
  return guarded([&] { return in(self).to(ct::device(device), ct::type(type)); });
}

CTTensor *ct_empty(const int64_t *sizes, int64_t rank, CTType type, CTDevice device) {
  return guarded([&] {
    return at::empty(shape(sizes, rank),
                     at::TensorOptions().dtype(ct::type(type)).device(ct::device(device)));
  });
}

CTTensor *ct_full(const int64_t *sizes, int64_t rank, double value, CTType type, CTDevice device) {
  return guarded([&] {
    return at::full(shape(sizes, rank), value,
                    at::TensorOptions().dtype(ct::type(type)).device(ct::device(device)));
  });
}

CTTensor *ct_arange(int64_t start, int64_t end, CTType type, CTDevice device) {
  return guarded([&] {
    return at::arange(start, end,
                      at::TensorOptions().dtype(ct::type(type)).device(ct::device(device)));
  });
}

CTTensor *ct_normal(const int64_t *sizes, int64_t rank, double mean, double deviation,
                    uint64_t seed) {
  return guarded([&] {
    auto generator = at::globalContext().defaultGenerator(at::kCPU).clone();
    generator.set_current_seed(seed);
    return at::normal(mean, deviation, shape(sizes, rank), generator,
                      at::TensorOptions().dtype(at::kFloat));
  });
}

CTTensor *ct_uniform(const int64_t *sizes, int64_t rank, double low, double high, uint64_t seed) {
  return guarded([&] {
    auto generator = at::globalContext().defaultGenerator(at::kCPU).clone();
    generator.set_current_seed(seed);
    return at::empty(shape(sizes, rank), at::TensorOptions().dtype(at::kFloat))
        .uniform_(low, high, generator);
  });
}

CTStatus ct_copy_(CTTensor *self, const CTTensor *source) {
  return attempted([&] { in(self).copy_(in(source)); });
}
CTStatus ct_add_(CTTensor *self, const CTTensor *other) {
  return attempted([&] { in(self).add_(in(other)); });
}
CTStatus ct_mul_scalar_(CTTensor *self, double factor) {
  return attempted([&] { in(self).mul_(factor); });
}
CTStatus ct_fill_(CTTensor *self, double value) {
  return attempted([&] { in(self).fill_(value); });
}
