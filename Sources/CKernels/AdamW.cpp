// One AdamW step over all parameters, in one pass over memory: parameter, gradient and both moments
// are read once and written once, on all threads. Arithmetic is float32.
//
// Numbers kept in bfloat16 are rounded at random: up with the probability that makes the mean
// exact. Rounded to the nearest, a step below half of the last place would never move a weight, and
// a slow moment never change. The random bits are a hash of (step, parameter, element), so a run
// repeats bit for bit on any number of threads. What is kept in float32 is rounded as usual.
//
// Moments may also be kept in eight bits (Moments.hpp), rounded at random too.
//
// Source: Decoupled Weight Decay Regularization, arXiv:1711.05101, algorithm 2, in the order of
// operations of torch.optim.AdamW. Stochastic rounding: arXiv:1502.02551; for bfloat16 training
// arXiv:2010.06192.
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "Guard.hpp"
#include "ckernels_fused.h"
#include "Moments.hpp"
#include "Switches.hpp"
#include "Threads.hpp"
#include "Vector.hpp"

using namespace ct;

namespace {

/// The numbers of a step.
struct Step {
  int64_t number;
  double scale, rate, beta1, beta2, decay, epsilon;
};

/// Parameters with what moves them.
struct Moved {
  std::vector<at::Tensor> parameters, gradients, first, second;

  void add(const at::Tensor &parameter, const at::Tensor &gradient, const at::Tensor &mean, const at::Tensor &square) {
    parameters.push_back(parameter);
    gradients.push_back(gradient);
    first.push_back(mean);
    second.push_back(square);
  }
};

/// Elements that are moved by one call: their scaled gradients are a copy.
constexpr int64_t elements_a_call = int64_t{1} << 27;

/// libtorch's own step, many tensors of one type and device a call.
void fused(Moved &moved, const Step &step) {
  if (moved.parameters.empty()) return;
  const auto options = moved.parameters.front().options();
  if (step.scale != 1) moved.gradients = at::_foreach_mul(moved.gradients, step.scale);
  const std::vector<at::Tensor> numbers(moved.parameters.size(),
                                        at::full({}, static_cast<double>(step.number), options.dtype(at::kFloat)));
  at::_fused_adamw_(moved.parameters, moved.gradients, moved.first, moved.second, /*max_exp_avg_sqs=*/{}, numbers,
                    step.rate, step.beta1, step.beta2, step.decay, step.epsilon, /*amsgrad=*/false,
                    /*maximize=*/false);
  moved = Moved();
}

/// A step by libtorch, which wants one type for everything: what has another is converted and back.
void by_operators(const Moved &all, const Step &step) {
  Moved together;
  int64_t elements = 0;
  for (size_t i = 0; i < all.parameters.size(); ++i) {
    const auto parameter = all.parameters[i].detach(), &gradient = all.gradients[i];
    const auto &first = all.first[i], &second = all.second[i];
    const auto own = parameter.scalar_type();
    if (first.scalar_type() == own && second.scalar_type() == own) {
      if (!together.parameters.empty() &&
          (together.parameters.front().options().dtype() != parameter.options().dtype() ||
           together.parameters.front().device() != parameter.device() || elements > elements_a_call)) {
        fused(together, step);
        elements = 0;
      }
      together.add(parameter, gradient.to(own), first, second);
      elements += parameter.numel();
      continue;
    }
    const bool expands = is_compact(first);
    const auto value = parameter.to(at::kFloat);
    const auto mean = expands ? expanded(first, true, parameter.sizes()) : first.to(at::kFloat);
    const auto square = expands ? expanded(second, false, parameter.sizes()) : second.to(at::kFloat);
    Moved alone;
    alone.add(value, gradient.to(at::kFloat), mean, square);
    fused(alone, step);
    parameter.copy_(value);
    if (expands) {
      compact(first, mean, true);
      compact(second, square, false);
    } else {
      first.copy_(mean);
      second.copy_(square);
    }
  }
  fused(together, step);
}

#if CT_HAS_SIMD

/// A number in which every bit of both has a say: two rounds of SplitMix64's finalizer.
uint64_t mixed(uint64_t a, uint64_t b) {
  for (const uint64_t more : {b, uint64_t{0x9E3779B97F4A7C15}}) {
    a += more;
    a = (a ^ (a >> 30)) * 0xBF58476D1CE4E5B9;
    a = (a ^ (a >> 27)) * 0x94D049BB133111EB;
    a ^= a >> 31;
  }
  return a;
}

/// Thirty-two random bits a lane: multiplications and shifts of a counter (the "lowbias32" function
/// of Chris Wellons' hash prospector).
CT_SIMD_INLINE __m512i hashed(__m512i counter) {
  __m512i x = _mm512_xor_si512(counter, _mm512_srli_epi32(counter, 16));
  x = _mm512_mullo_epi32(x, _mm512_set1_epi32(0x7FEB352D));
  x = _mm512_xor_si512(x, _mm512_srli_epi32(x, 15));
  x = _mm512_mullo_epi32(x, _mm512_set1_epi32(static_cast<int>(0x846CA68B)));
  return _mm512_xor_si512(x, _mm512_srli_epi32(x, 16));
}

/// Stores, and if the type is narrow rounds up with the probability of what is cut off: adds the
/// low sixteen random bits below the last place and cuts.
CT_SIMD_INLINE void settle(float *to, __mmask16 mask, __m512 values, __m512i) { store(to, mask, values); }
CT_SIMD_INLINE void settle(at::BFloat16 *to, __mmask16 mask, __m512 values, __m512i random) {
  const __m512i bits = _mm512_castps_si512(values);
  const __m512i below = _mm512_and_si512(random, _mm512_set1_epi32(0xFFFF));
  // Infinities and NaN stay what they are.
  const __mmask16 finite = static_cast<__mmask16>(~_mm512_fpclass_ps_mask(values, 0x01 | 0x08 | 0x10 | 0x80));
  const __m512i chosen = _mm512_mask_add_epi32(bits, finite, bits, below);
  _mm256_mask_storeu_epi16(to, mask, _mm512_cvtepi32_epi16(_mm512_srli_epi32(chosen, 16)));
}

/// The numbers of a step as its inner loop wants them.
struct Factors {
  float scale, keep, beta1, rest1, beta2, rest2, step_size, root, epsilon;

  explicit Factors(const Step &step)
      : scale(static_cast<float>(step.scale)),
        keep(static_cast<float>(1 - step.rate * step.decay)),
        beta1(static_cast<float>(step.beta1)),
        rest1(static_cast<float>(1 - step.beta1)),
        beta2(static_cast<float>(step.beta2)),
        rest2(static_cast<float>(1 - step.beta2)),
        step_size(static_cast<float>(step.rate / (1 - std::pow(step.beta1, step.number)))),
        root(static_cast<float>(std::sqrt(1 - std::pow(step.beta2, step.number)))),
        epsilon(static_cast<float>(step.epsilon)) {}
};

/// The factors, a register each, and what becomes of sixteen elements.
struct Rule {
  __m512 scale, keep, beta1, rest1, beta2, rest2, step_size, root, epsilon;

  CT_SIMD_INLINE explicit Rule(const Factors &f)
      : scale(_mm512_set1_ps(f.scale)),
        keep(_mm512_set1_ps(f.keep)),
        beta1(_mm512_set1_ps(f.beta1)),
        rest1(_mm512_set1_ps(f.rest1)),
        beta2(_mm512_set1_ps(f.beta2)),
        rest2(_mm512_set1_ps(f.rest2)),
        step_size(_mm512_set1_ps(f.step_size)),
        root(_mm512_set1_ps(1 / f.root)),
        epsilon(_mm512_set1_ps(f.epsilon)) {}

  CT_SIMD_INLINE void apply(__m512 gradient, __m512 &weight, __m512 &mean, __m512 &square) const {
    const __m512 g = _mm512_mul_ps(gradient, scale);
    mean = _mm512_fmadd_ps(mean, beta1, _mm512_mul_ps(g, rest1));
    square = _mm512_fmadd_ps(square, beta2, _mm512_mul_ps(_mm512_mul_ps(g, g), rest2));
    const __m512 divisor = _mm512_fmadd_ps(_mm512_sqrt_ps(square), root, epsilon);
    weight = _mm512_fnmadd_ps(step_size, _mm512_div_ps(mean, divisor), _mm512_mul_ps(weight, keep));
  }
};

/// Random bits of elements i ..< i + 16 of a whole parameter: a function of the place and the key alone.
CT_SIMD_INLINE __m512i bits_of(int64_t i, uint64_t key) {
  const __m512i order = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const auto counter = _mm512_add_epi32(order, _mm512_set1_epi32(static_cast<int>(i)));
  const auto high = static_cast<uint64_t>(i) >> 32;
  return hashed(_mm512_xor_si512(counter, _mm512_set1_epi32(static_cast<int>(key + high))));
}
/// More of them.
CT_SIMD_INLINE __m512i bits_after(__m512i bits, uint64_t key) {
  return hashed(_mm512_add_epi32(bits, _mm512_set1_epi32(static_cast<int>(key >> 32))));
}

/// Moves elements begin..<end of one parameter, whose moments are in eight bits; `begin` is a
/// block's first.
template <typename Weight, typename Grade>
CT_SIMD void move(Weight *weights, const Grade *gradients, uint8_t *first, uint8_t *second, int64_t begin,
                    int64_t end, int64_t offset, const Factors &f, uint64_t key) {
  const Rule rule(f);
  for (int64_t start = begin; start < end; start += block_codes) {
    uint8_t *firsts = first + start / block_codes * block_bytes, *seconds = second + start / block_codes * block_bytes;
    const float first_largest = largest_of(firsts), second_largest = largest_of(seconds);
    const int64_t count = std::min(block_codes, end - start);
    alignas(64) float means[block_codes], squares[block_codes];
    __m512 top_mean = _mm512_setzero_ps(), top_square = top_mean;
    for (int64_t i = 0; i < count; i += lanes) {
      const __mmask16 mask = first_lanes(count - i);
      __m512 mean = expanded<true>(firsts + i, first_largest), square = expanded<false>(seconds + i, second_largest);
      __m512 weight = load(weights + start + i, mask);
      rule.apply(load(gradients + start + i, mask), weight, mean, square);
      settle(weights + start + i, mask, weight, bits_of(offset + start + i, key));
      mean = _mm512_maskz_mov_ps(mask, mean);
      square = _mm512_maskz_mov_ps(mask, square);
      top_mean = _mm512_max_ps(top_mean, _mm512_abs_ps(mean));
      top_square = _mm512_max_ps(top_square, square);
      _mm512_store_ps(means + i, mean);
      _mm512_store_ps(squares + i, square);
    }
    const float tops[2] = {_mm512_reduce_max_ps(top_mean), _mm512_reduce_max_ps(top_square)};
    // Of less than this one over it may be infinite.
    constexpr float least = 1e-37F;
    const float inverse_mean = tops[0] > least ? 1 / tops[0] : 0, inverse_square = tops[1] > least ? 1 / tops[1] : 0;
    for (int64_t i = 0; i < count; i += lanes) {
      const __m512i one = bits_after(bits_of(offset + start + i, key), key), two = bits_after(one, key);
      compact<true>(firsts + i, _mm512_load_ps(means + i), inverse_mean, one);
      compact<false>(seconds + i, _mm512_load_ps(squares + i), inverse_square, two);
    }
    std::memcpy(firsts + block_codes, &tops[0], 4);
    std::memcpy(seconds + block_codes, &tops[1], 4);
  }
}

/// Moves elements begin..<end of one parameter.
template <typename Weight, typename Grade, typename Moment>
CT_SIMD void move(Weight *weights, const Grade *gradients, Moment *first, Moment *second, int64_t begin, int64_t end,
                    int64_t offset, const Factors &f, uint64_t key) {
  const Rule rule(f);
  constexpr bool rounds = !std::is_same_v<Weight, float> || !std::is_same_v<Moment, float>;
  for (int64_t i = begin; i < end; i += lanes) {
    const __mmask16 mask = first_lanes(end - i);
    __m512 weight = load(weights + i, mask), mean = load(first + i, mask), square = load(second + i, mask);
    rule.apply(load(gradients + i, mask), weight, mean, square);
    __m512i one = _mm512_setzero_si512(), two = one;
    if constexpr (rounds) {
      one = bits_of(offset + i, key);
      two = bits_after(one, key);
    }
    settle(weights + i, mask, weight, one);
    settle(first + i, mask, mean, two);
    settle(second + i, mask, square, _mm512_srli_epi32(two, 16));
  }
}

/// A stretch of one parameter.
struct Portion {
  void *weights;
  const void *gradients;
  void *first, *second;
  int64_t begin, end;
  /// What comes before it in the parameter that it is a stretch of.
  int64_t offset;
  uint64_t key;
};

using Move = void (*)(const Portion &, const Factors &);

template <typename Weight, typename Grade, typename Moment>
void move_portion(const Portion &portion, const Factors &factors) {
  move(static_cast<Weight *>(portion.weights), static_cast<const Grade *>(portion.gradients),
       static_cast<Moment *>(portion.first), static_cast<Moment *>(portion.second), portion.begin, portion.end,
       portion.offset, factors, portion.key);
}

template <typename Weight, typename Grade>
Move with_moments(at::ScalarType type) {
  if (type == at::kByte) return move_portion<Weight, Grade, uint8_t>;
  return type == at::kBFloat16 ? move_portion<Weight, Grade, at::BFloat16> : move_portion<Weight, Grade, float>;
}

Move mover(const at::Tensor &parameter, const at::Tensor &gradient, const at::Tensor &moment) {
  const auto narrow = [](const at::Tensor &tensor) { return tensor.scalar_type() == at::kBFloat16; };
  const auto moments = moment.scalar_type();
  if (narrow(parameter)) {
    return narrow(gradient) ? with_moments<at::BFloat16, at::BFloat16>(moments)
                            : with_moments<at::BFloat16, float>(moments);
  }
  return narrow(gradient) ? with_moments<float, at::BFloat16>(moments) : with_moments<float, float>(moments);
}

/// Whether the kernel can take a parameter as it lies.
bool suits(const at::Tensor &parameter, const at::Tensor &gradient, const at::Tensor &first, const at::Tensor &second) {
  const auto readable = [](const at::Tensor &moment) {
    return fits(moment) || (moment.device().is_cpu() && is_compact(moment));
  };
  return fits(parameter) && fits(gradient) && readable(first) && readable(second) && parameter.is_contiguous() &&
         first.is_contiguous() && second.is_contiguous() && first.scalar_type() == second.scalar_type();
}

#endif

void check(const at::Tensor &parameter, const at::Tensor &gradient, const at::Tensor &first, const at::Tensor &second) {
  const auto wanted = [&](const at::Tensor &moment) {
    if (!is_compact(moment)) return moment.sizes() == parameter.sizes();
    return moment.dim() == 2 && moment.size(0) == blocks_of(parameter.numel()) && moment.size(1) == block_bytes;
  };
  TORCH_CHECK(gradient.sizes() == parameter.sizes() && wanted(first) && wanted(second) &&
                  is_compact(first) == is_compact(second),
              "a parameter of shape ", parameter.sizes(), " with a gradient of ", gradient.sizes(), " and moments of ",
              first.sizes(), " and ", second.sizes());
}

void adamw(const std::vector<at::Tensor> &parameters, const std::vector<at::Tensor> &gradients,
           const std::vector<at::Tensor> &first, const std::vector<at::Tensor> &second, const int64_t *offsets,
           const Step &step) {
  at::NoGradGuard guard;
  Moved others;
  (void)offsets;
#if CT_HAS_SIMD
  std::vector<std::pair<Portion, Move>> portions;
  std::vector<at::Tensor> alive;
  constexpr int64_t stretch = 128 * block_codes;
#endif
  for (size_t i = 0; i < parameters.size(); ++i) {
    const auto &parameter = parameters[i];
    check(parameter, gradients[i], first[i], second[i]);
#if CT_HAS_SIMD
    if (uses(CT_OPTIMIZER) && suits(parameter, gradients[i], first[i], second[i])) {
      alive.push_back(gradients[i].contiguous());
      Portion portion{parameter.mutable_data_ptr(), alive.back().const_data_ptr(), first[i].mutable_data_ptr(),
                      second[i].mutable_data_ptr(), 0, 0, offsets[i], mixed(static_cast<uint64_t>(step.number), i)};
      const auto move = mover(parameter, alive.back(), first[i]);
      for (int64_t begin = 0; begin < parameter.numel(); begin += stretch) {
        portion.begin = begin;
        portion.end = std::min(begin + stretch, parameter.numel());
        portions.emplace_back(portion, move);
      }
      continue;
    }
#endif
    others.add(parameter, gradients[i], first[i], second[i]);
  }
  by_operators(others, step);
#if CT_HAS_SIMD
  const Factors factors(step);
  shared(static_cast<int64_t>(portions.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) portions[i].second(portions[i].first, factors);
  });
#endif
  // Packed copies of the weights look at this.
  for (const auto &parameter : parameters) parameter.unsafeGetTensorImpl()->bump_version();
}

}  // namespace

CTStatus ct_adamw_step(CTTensor *const *parameters, CTTensor *const *gradients, CTTensor *const *first,
                       CTTensor *const *second, const int64_t *offsets, int64_t count, int64_t step, double scale,
                       double rate, double beta1, double beta2, double decay, double epsilon) {
  return attempted([&] {
    adamw(list(parameters, count), list(gradients, count), list(first, count), list(second, count), offsets,
          Step{step, scale, rate, beta1, beta2, decay, epsilon});
  });
}
