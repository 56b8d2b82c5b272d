// Many numbers in, fewer out.
#include "Guard.hpp"

using namespace ct;

CTTensor *ct_sum(const CTTensor *self) {
  return guarded([&] { return at::sum(in(self)); });
}
CTTensor *ct_sum_along(const CTTensor *self, int64_t axis, bool keep) {
  return guarded([&] { return at::sum(in(self), axis, keep); });
}
CTTensor *ct_mean_along(const CTTensor *self, int64_t axis, bool keep) {
  return guarded([&] { return at::mean(in(self), axis, keep); });
}
CTTensor *ct_amax_along(const CTTensor *self, int64_t axis, bool keep) {
  return guarded([&] { return at::amax(in(self), axis, keep); });
}
CTTensor *ct_argmax_along(const CTTensor *self, int64_t axis, bool keep) {
  return guarded([&] { return at::argmax(in(self), axis, keep); });
}
CTTensor *ct_all(const CTTensor *self) {
  return guarded([&] { return at::all(in(self)); });
}
CTTensor *ct_softmax(const CTTensor *self, int64_t axis) {
  return guarded([&] { return at::softmax(in(self), axis); });
}
CTTensor *ct_log_softmax(const CTTensor *self, int64_t axis) {
  return guarded([&] { return at::log_softmax(in(self), axis); });
}
CTStatus ct_top(const CTTensor *self, int64_t count, int64_t axis, CTTensor **values,
                CTTensor **indices) {
  return attempted([&] {
    auto [largest, places] = at::topk(in(self), count, axis, /*largest=*/true, /*sorted=*/true);
    *values = out(largest);
    *indices = out(places);
  });
}
