// The same numbers in another arrangement, and picking some of them.
#include "Guard.hpp"

using namespace ct;

CTTensor *ct_reshape(const CTTensor *self, const int64_t *sizes, int64_t rank) {
  return guarded([&] { return at::reshape(in(self), shape(sizes, rank)); });
}
CTTensor *ct_expand(const CTTensor *self, const int64_t *sizes, int64_t rank) {
  return guarded([&] { return in(self).expand(shape(sizes, rank)); });
}
CTTensor *ct_transpose(const CTTensor *self, int64_t first, int64_t second) {
  return guarded([&] { return at::transpose(in(self), first, second); });
}
CTTensor *ct_contiguous(const CTTensor *self) {
  return guarded([&] { return in(self).contiguous(); });
}
CTTensor *ct_unsqueeze(const CTTensor *self, int64_t axis) {
  return guarded([&] { return at::unsqueeze(in(self), axis); });
}
CTTensor *ct_squeeze(const CTTensor *self, int64_t axis) {
  return guarded([&] { return at::squeeze(in(self), axis); });
}
CTTensor *ct_narrow(const CTTensor *self, int64_t axis, int64_t start, int64_t length) {
  return guarded([&] { return in(self).narrow(axis, start, length); });
}
CTTensor *ct_cat(const CTTensor *const *tensors, int64_t count, int64_t axis) {
  return guarded([&] { return at::cat(list(const_cast<CTTensor *const *>(tensors), count), axis); });
}
CTTensor *ct_index_select(const CTTensor *self, int64_t axis, const CTTensor *index) {
  return guarded([&] { return at::index_select(in(self), axis, in(index)); });
}
CTTensor *ct_gather(const CTTensor *self, int64_t axis, const CTTensor *index) {
  return guarded([&] { return at::gather(in(self), axis, in(index)); });
}
