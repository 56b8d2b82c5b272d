// The sums of squares of all gradients, in float64, over blocks of a fixed length: whoever adds them up in a
// way that does not depend on their order has the same norm however tensors are cut at blocks.
#include "Guard.hpp"
#include "Moments.hpp"
#include "Switches.hpp"
#include "Threads.hpp"
#include "Vector.hpp"

using namespace ct;

namespace {

/// As long as a block of moments in eight bits, where a parameter may be cut too.
constexpr int64_t block = block_codes;

/// By libtorch: block by block on a CPU, and on a GPU one sum a tensor, all read at once.
void add_by_operators(const std::vector<at::Tensor> &tensors, std::vector<at::Tensor> &sums) {
  constexpr int64_t piece = 4096 * block;
  std::vector<at::Tensor> elsewhere;
  for (const auto &tensor : tensors) {
    if (!tensor.is_cpu()) {
      elsewhere.push_back(tensor);
      continue;
    }
    const auto flat = tensor.reshape({-1});
    for (int64_t begin = 0; begin < flat.numel(); begin += piece) {
      auto part = flat.slice(0, begin, begin + piece).to(at::kDouble);
      const int64_t rest = (block - part.numel() % block) % block;
      if (rest > 0) part = at::constant_pad_nd(part, {0, rest});
      sums.push_back(part.view({-1, block}).square().sum(1));
    }
  }
  for (size_t begin = 0, end; begin < elsewhere.size(); begin = end) {
    for (end = begin + 1; end < elsewhere.size() && elsewhere[end].device() == elsewhere[begin].device();) ++end;
    const std::vector<at::Tensor> together(elsewhere.begin() + static_cast<int64_t>(begin),
                                           elsewhere.begin() + static_cast<int64_t>(end));
    sums.push_back(at::stack(at::_foreach_norm(together, 2, at::kDouble)).square().cpu());
  }
}

#if CT_HAS_SIMD

CT_SIMD_INLINE __m512d add_square(__m256 values, __m512d sum) {
  const __m512d wide = _mm512_cvtps_pd(values);
  return _mm512_fmadd_pd(wide, wide, sum);
}

/// The sum of a block's squares; four sums, so that none has to wait for its last addition.
template <typename Element>
CT_SIMD double squares(const Element *from, int64_t count) {
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

/// The blocks of a stretch of one tensor.
template <typename Element>
CT_SIMD void squares(const Element *from, int64_t count, double *sums) {
  for (int64_t begin = 0; begin < count; begin += block) {
    *sums++ = squares(from + begin, std::min(block, count - begin));
  }
}

/// A stretch of one tensor, and where its blocks' sums go.
struct Portion {
  const void *from;
  int64_t count;
  bool is_narrow;
  int64_t place;
};

#endif

at::Tensor square_sums(const std::vector<at::Tensor> &tensors) {
  at::NoGradGuard guard;
  std::vector<at::Tensor> others;
#if CT_HAS_SIMD
  constexpr int64_t stretch = 256 * block;
  std::vector<Portion> portions;
  int64_t blocks = 0;
#endif
  for (const auto &tensor : tensors) {
    if (tensor.numel() == 0) continue;
#if CT_HAS_SIMD
    if (uses(CT_OPTIMIZER) && fits(tensor) && tensor.is_non_overlapping_and_dense()) {
      const bool is_narrow = tensor.scalar_type() == at::kBFloat16;
      for (int64_t begin = 0; begin < tensor.numel(); begin += stretch) {
        const auto *from = static_cast<const char *>(tensor.const_data_ptr()) + begin * (is_narrow ? 2 : 4);
        const int64_t count = std::min(stretch, tensor.numel() - begin);
        portions.push_back({from, count, is_narrow, blocks});
        blocks += blocks_of(count);
      }
      continue;
    }
#endif
    others.push_back(tensor.detach());
  }
  std::vector<at::Tensor> sums;
#if CT_HAS_SIMD
  sums.push_back(at::empty({blocks}, at::kDouble));
  auto *to = sums.back().mutable_data_ptr<double>();
  shared(static_cast<int64_t>(portions.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto &portion = portions[i];
      if (portion.is_narrow) {
        squares(static_cast<const at::BFloat16 *>(portion.from), portion.count, to + portion.place);
      } else {
        squares(static_cast<const float *>(portion.from), portion.count, to + portion.place);
      }
    }
  });
#endif
  add_by_operators(others, sums);
  return sums.empty() ? at::empty({0}, at::kDouble) : at::cat(sums);
}

}  // namespace

CTTensor *ct_square_sums(CTTensor *const *tensors, int64_t count) {
  return guarded([&] { return square_sums(list(tensors, count)); });
}
