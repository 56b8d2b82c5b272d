// The norm of all gradients together: one pass, squares summed in float64 over stretches of a fixed
// length, so that the sum does not depend on the number of threads.
#include <cmath>

#include "Guard.hpp"
#include "Switches.hpp"
#include "Threads.hpp"
#include "Vector.hpp"

using namespace ct;

namespace {

/// By libtorch, all tensors of one device together and read once.
double squares_by_operators(const std::vector<at::Tensor> &tensors) {
  double sum = 0;
  for (size_t begin = 0, end; begin < tensors.size(); begin = end) {
    for (end = begin + 1; end < tensors.size() && tensors[end].device() == tensors[begin].device();) ++end;
    const std::vector<at::Tensor> together(tensors.begin() + static_cast<int64_t>(begin),
                                           tensors.begin() + static_cast<int64_t>(end));
    sum += at::stack(at::_foreach_norm(together, 2, at::kDouble)).square().sum().item().toDouble();
  }
  return sum;
}

#if CT_HAS_AVX512

CT_INLINE512 __m512d add_square(__m256 values, __m512d sum) {
  const __m512d wide = _mm512_cvtps_pd(values);
  return _mm512_fmadd_pd(wide, wide, sum);
}

template <typename Element>
CT_AVX512 double squares(const Element *from, int64_t count) {
  // Four sums, so that none has to wait for its last addition.
  __m512d a = _mm512_setzero_pd(), b = a, c = a, d = a;
  int64_t i = 0;
  for (; i + 2 * lanes <= count; i += 2 * lanes) {
    const __m512 left = load(from + i), right = load(from + i + lanes);
    a = add_square(_mm512_castps512_ps256(left), a);
    b = add_square(_mm512_extractf32x8_ps(left, 1), b);
    c = add_square(_mm512_castps512_ps256(right), c);
    d = add_square(_mm512_extractf32x8_ps(right, 1), d);
  }
  for (; i < count; i += lanes) {
    const __m512 values = load(from + i, first_lanes(count - i));
    a = add_square(_mm512_castps512_ps256(values), a);
    b = add_square(_mm512_extractf32x8_ps(values, 1), b);
  }
  return _mm512_reduce_add_pd(_mm512_add_pd(_mm512_add_pd(a, b), _mm512_add_pd(c, d)));
}

/// A stretch of one tensor.
struct Portion {
  const void *from;
  int64_t count;
  bool is_narrow;
};

#endif

double sum_of_squares(const std::vector<at::Tensor> &tensors) {
  double sum = 0;
  std::vector<at::Tensor> others;
#if CT_HAS_AVX512
  constexpr int64_t stretch = 65536;
  std::vector<Portion> portions;
#endif
  for (const auto &tensor : tensors) {
#if CT_HAS_AVX512
    if (uses(CT_OPTIMIZER) && fits(tensor) && tensor.is_non_overlapping_and_dense()) {
      const bool is_narrow = tensor.scalar_type() == at::kBFloat16;
      for (int64_t begin = 0; begin < tensor.numel(); begin += stretch) {
        const auto *from = static_cast<const char *>(tensor.const_data_ptr()) + begin * (is_narrow ? 2 : 4);
        portions.push_back({from, std::min(stretch, tensor.numel() - begin), is_narrow});
      }
      continue;
    }
#endif
    others.push_back(tensor.detach());
  }
#if CT_HAS_AVX512
  std::vector<double> sums(portions.size());
  shared(static_cast<int64_t>(portions.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto &portion = portions[i];
      sums[i] = portion.is_narrow ? squares(static_cast<const at::BFloat16 *>(portion.from), portion.count)
                                  : squares(static_cast<const float *>(portion.from), portion.count);
    }
  });
  for (const double part : sums) sum += part;
#endif
  return sum + squares_by_operators(others);
}

}  // namespace

CTStatus ct_total_norm(CTTensor *const *tensors, int64_t count, double *out) {
  return attempted([&] { *out = std::sqrt(sum_of_squares(list(tensors, count))); });
}
