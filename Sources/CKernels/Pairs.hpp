// AVX-512's operations in pairs of AVX2's registers, under AVX-512's names (PairNames.hpp): the kernels are written
// once, and on a CPU without AVX-512 sixteen numbers are two times eight, summed in the same order. Each does what
// the kernels need of it: exponents of normal numbers, scaling within a float's range, and nothing that no kernel
// uses. docs/decisions/kernels.md has the reasons.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

#include <immintrin.h>

#define CT_PAIR __attribute__((target("avx2,fma"), always_inline)) inline

namespace ct::pair {

struct Floats {
  __m256 low, high;
};
struct Ints {
  __m256i low, high;
};
struct Doubles {
  __m256d low, high;
};

/// The bits of a mask as whole lanes.
CT_PAIR __m256i lanes_of(unsigned mask) {
  const __m256i bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(static_cast<int>(mask)), bits), bits);
}
CT_PAIR __m256 chosen(unsigned mask, __m256 yes, __m256 no) {
  return _mm256_blendv_ps(no, yes, _mm256_castsi256_ps(lanes_of(mask)));
}
CT_PAIR Floats chosen(__mmask16 mask, Floats yes, Floats no) {
  return {chosen(mask & 255U, yes.low, no.low), chosen(mask >> 8U, yes.high, no.high)};
}
CT_PAIR __mmask16 bits_of(__m256 low, __m256 high) {
  return static_cast<__mmask16>(_mm256_movemask_ps(low) | _mm256_movemask_ps(high) << 8);
}
CT_PAIR __mmask16 bits_of(__m256i low, __m256i high) {
  return bits_of(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high));
}
CT_PAIR Floats as_floats(Ints a) { return {_mm256_castsi256_ps(a.low), _mm256_castsi256_ps(a.high)}; }
CT_PAIR Ints as_ints(Floats a) { return {_mm256_castps_si256(a.low), _mm256_castps_si256(a.high)}; }
CT_PAIR Doubles as_doubles(Floats a) { return {_mm256_castps_pd(a.low), _mm256_castps_pd(a.high)}; }
CT_PAIR Floats as_floats(Doubles a) { return {_mm256_castpd_ps(a.low), _mm256_castpd_ps(a.high)}; }

// -- Making, reading, writing -----------------------------------------------------------------

CT_PAIR Floats set1_ps(float a) { return {_mm256_set1_ps(a), _mm256_set1_ps(a)}; }
CT_PAIR Ints set1_epi32(int a) { return {_mm256_set1_epi32(a), _mm256_set1_epi32(a)}; }
CT_PAIR Doubles set1_pd(double a) { return {_mm256_set1_pd(a), _mm256_set1_pd(a)}; }
CT_PAIR Floats setzero_ps() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
CT_PAIR Ints setzero_si512() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
CT_PAIR Doubles setzero_pd() { return {_mm256_setzero_pd(), _mm256_setzero_pd()}; }
CT_PAIR Ints setr_epi32(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k, int l, int m,
                        int n, int o, int p) {
  return {_mm256_setr_epi32(a, b, c, d, e, f, g, h), _mm256_setr_epi32(i, j, k, l, m, n, o, p)};
}
CT_PAIR Floats loadu_ps(const void *from) {
  const auto *numbers = static_cast<const float *>(from);
  return {_mm256_loadu_ps(numbers), _mm256_loadu_ps(numbers + 8)};
}
CT_PAIR Ints loadu_si512(const void *from) { return as_ints(loadu_ps(from)); }
CT_PAIR Floats maskz_loadu_ps(__mmask16 mask, const void *from) {
  if (mask == 0xFFFF) return loadu_ps(from);
  const auto *numbers = static_cast<const float *>(from);
  return {_mm256_maskload_ps(numbers, lanes_of(mask & 255U)), _mm256_maskload_ps(numbers + 8, lanes_of(mask >> 8U))};
}
CT_PAIR Floats mask_loadu_ps(Floats otherwise, __mmask16 mask, const void *from) {
  return chosen(mask, maskz_loadu_ps(mask, from), otherwise);
}
CT_PAIR Ints maskz_loadu_epi32(__mmask16 mask, const void *from) { return as_ints(maskz_loadu_ps(mask, from)); }
CT_PAIR void storeu_ps(void *to, Floats a) {
  auto *numbers = static_cast<float *>(to);
  _mm256_storeu_ps(numbers, a.low);
  _mm256_storeu_ps(numbers + 8, a.high);
}
CT_PAIR void storeu_si512(void *to, Ints a) { storeu_ps(to, as_floats(a)); }
CT_PAIR void mask_storeu_ps(void *to, __mmask16 mask, Floats a) {
  if (mask == 0xFFFF) return storeu_ps(to, a);
  auto *numbers = static_cast<float *>(to);
  _mm256_maskstore_ps(numbers, lanes_of(mask & 255U), a.low);
  _mm256_maskstore_ps(numbers + 8, lanes_of(mask >> 8U), a.high);
}
CT_PAIR void mask_storeu_epi32(void *to, __mmask16 mask, Ints a) { mask_storeu_ps(to, mask, as_floats(a)); }
CT_PAIR void store_pd(double *to, Doubles a) {
  _mm256_storeu_pd(to, a.low);
  _mm256_storeu_pd(to + 4, a.high);
}
/// Sixteen halves of a word each; AVX2 has no masks for them.
CT_PAIR __m256i maskz_loadu_epi16(__mmask16 mask, const void *from) {
  if (mask == 0xFFFF) return _mm256_loadu_si256(static_cast<const __m256i *>(from));
  alignas(32) uint16_t halves[16] = {};
  for (int i = 0; i < 16; ++i) {
    if (mask >> i & 1) std::memcpy(halves + i, static_cast<const char *>(from) + 2 * i, 2);
  }
  return _mm256_load_si256(reinterpret_cast<const __m256i *>(halves));
}
CT_PAIR void mask_storeu_epi16(void *to, __mmask16 mask, __m256i a) {
  if (mask == 0xFFFF) return _mm256_storeu_si256(static_cast<__m256i *>(to), a);
  alignas(32) uint16_t halves[16];
  _mm256_store_si256(reinterpret_cast<__m256i *>(halves), a);
  for (int i = 0; i < 16; ++i) {
    if (mask >> i & 1) std::memcpy(static_cast<char *>(to) + 2 * i, halves + i, 2);
  }
}

// -- Lane by lane -----------------------------------------------------------------------------

#define CT_PAIRWISE(name, Type, operation) \
  CT_PAIR Type name(Type a, Type b) { return {operation(a.low, b.low), operation(a.high, b.high)}; }
#define CT_PAIRWISE3(name, Type, operation) \
  CT_PAIR Type name(Type a, Type b, Type c) { return {operation(a.low, b.low, c.low), operation(a.high, b.high, c.high)}; }

CT_PAIRWISE(add_ps, Floats, _mm256_add_ps)
CT_PAIRWISE(sub_ps, Floats, _mm256_sub_ps)
CT_PAIRWISE(mul_ps, Floats, _mm256_mul_ps)
CT_PAIRWISE(div_ps, Floats, _mm256_div_ps)
CT_PAIRWISE(max_ps, Floats, _mm256_max_ps)
CT_PAIRWISE(min_ps, Floats, _mm256_min_ps)
CT_PAIRWISE3(fmadd_ps, Floats, _mm256_fmadd_ps)
CT_PAIRWISE3(fmsub_ps, Floats, _mm256_fmsub_ps)
CT_PAIRWISE3(fnmadd_ps, Floats, _mm256_fnmadd_ps)
CT_PAIRWISE(add_pd, Doubles, _mm256_add_pd)
CT_PAIRWISE(mul_pd, Doubles, _mm256_mul_pd)
CT_PAIRWISE(max_pd, Doubles, _mm256_max_pd)
CT_PAIRWISE3(fmadd_pd, Doubles, _mm256_fmadd_pd)
CT_PAIRWISE3(fnmadd_pd, Doubles, _mm256_fnmadd_pd)
CT_PAIRWISE(add_epi32, Ints, _mm256_add_epi32)
CT_PAIRWISE(sub_epi32, Ints, _mm256_sub_epi32)
CT_PAIRWISE(mullo_epi32, Ints, _mm256_mullo_epi32)
CT_PAIRWISE(madd_epi16, Ints, _mm256_madd_epi16)
CT_PAIRWISE(max_epi32, Ints, _mm256_max_epi32)
CT_PAIRWISE(min_epi32, Ints, _mm256_min_epi32)
CT_PAIRWISE(and_si512, Ints, _mm256_and_si256)
CT_PAIRWISE(or_si512, Ints, _mm256_or_si256)
CT_PAIRWISE(xor_si512, Ints, _mm256_xor_si256)
CT_PAIRWISE(unpacklo_epi16, Ints, _mm256_unpacklo_epi16)
CT_PAIRWISE(unpackhi_epi16, Ints, _mm256_unpackhi_epi16)
CT_PAIRWISE(unpacklo_epi32, Ints, _mm256_unpacklo_epi32)
CT_PAIRWISE(unpackhi_epi32, Ints, _mm256_unpackhi_epi32)
CT_PAIRWISE(unpacklo_epi64, Ints, _mm256_unpacklo_epi64)
CT_PAIRWISE(unpackhi_epi64, Ints, _mm256_unpackhi_epi64)
CT_PAIRWISE(unpacklo_ps, Floats, _mm256_unpacklo_ps)
CT_PAIRWISE(unpackhi_ps, Floats, _mm256_unpackhi_ps)
CT_PAIRWISE(unpacklo_pd, Doubles, _mm256_unpacklo_pd)
CT_PAIRWISE(unpackhi_pd, Doubles, _mm256_unpackhi_pd)

#undef CT_PAIRWISE
#undef CT_PAIRWISE3

CT_PAIR Ints slli_epi32(Ints a, unsigned by) {
  return {_mm256_slli_epi32(a.low, static_cast<int>(by)), _mm256_slli_epi32(a.high, static_cast<int>(by))};
}
CT_PAIR Ints srli_epi32(Ints a, unsigned by) {
  return {_mm256_srli_epi32(a.low, static_cast<int>(by)), _mm256_srli_epi32(a.high, static_cast<int>(by))};
}
CT_PAIR Floats sqrt_ps(Floats a) { return {_mm256_sqrt_ps(a.low), _mm256_sqrt_ps(a.high)}; }
CT_PAIR Floats abs_ps(Floats a) { return as_floats(and_si512(as_ints(a), set1_epi32(INT32_MAX))); }
CT_PAIR Floats nearest_ps(Floats a) { return {_mm256_round_ps(a.low, 8), _mm256_round_ps(a.high, 8)}; }
CT_PAIR Doubles nearest_pd(Doubles a) { return {_mm256_round_pd(a.low, 8), _mm256_round_pd(a.high, 8)}; }

CT_PAIR Floats maskz_mov_ps(__mmask16 mask, Floats a) { return chosen(mask, a, setzero_ps()); }
CT_PAIR Floats maskz_mul_ps(__mmask16 mask, Floats a, Floats b) { return maskz_mov_ps(mask, mul_ps(a, b)); }
CT_PAIR Floats mask_mul_ps(Floats otherwise, __mmask16 mask, Floats a, Floats b) {
  return chosen(mask, mul_ps(a, b), otherwise);
}
CT_PAIR Floats mask_add_ps(Floats otherwise, __mmask16 mask, Floats a, Floats b) {
  return chosen(mask, add_ps(a, b), otherwise);
}
CT_PAIR Floats mask_max_ps(Floats otherwise, __mmask16 mask, Floats a, Floats b) {
  return chosen(mask, max_ps(a, b), otherwise);
}
CT_PAIR Ints mask_add_epi32(Ints otherwise, __mmask16 mask, Ints a, Ints b) {
  return as_ints(chosen(mask, as_floats(add_epi32(a, b)), as_floats(otherwise)));
}
CT_PAIR Ints maskz_add_epi32(__mmask16 mask, Ints a, Ints b) { return mask_add_epi32(setzero_si512(), mask, a, b); }
CT_PAIR __m256d chosen(unsigned mask, __m256d yes, __m256d no) {
  const __m256i bits = _mm256_setr_epi64x(1, 2, 4, 8);
  const __m256i there = _mm256_cmpeq_epi64(_mm256_and_si256(_mm256_set1_epi64x(mask), bits), bits);
  return _mm256_blendv_pd(no, yes, _mm256_castsi256_pd(there));
}
CT_PAIR Doubles mask_add_pd(Doubles otherwise, __mmask8 mask, Doubles a, Doubles b) {
  const Doubles sum = add_pd(a, b);
  return {chosen(mask & 15U, sum.low, otherwise.low), chosen(mask >> 4U, sum.high, otherwise.high)};
}

// -- Comparing --------------------------------------------------------------------------------

template <int how>
CT_PAIR __mmask16 cmp_ps(Floats a, Floats b) {
  return bits_of(_mm256_cmp_ps(a.low, b.low, how), _mm256_cmp_ps(a.high, b.high, how));
}
template <int how>
CT_PAIR __mmask8 mask_cmp_pd(__mmask8 mask, Doubles a, Doubles b) {
  const int bits = _mm256_movemask_pd(_mm256_cmp_pd(a.low, b.low, how))
                   | _mm256_movemask_pd(_mm256_cmp_pd(a.high, b.high, how)) << 4;
  return static_cast<__mmask8>(bits & mask);
}
CT_PAIR __mmask16 cmpeq_epi32(Ints a, Ints b) {
  return bits_of(_mm256_cmpeq_epi32(a.low, b.low), _mm256_cmpeq_epi32(a.high, b.high));
}
CT_PAIR __mmask16 cmpgt_epi32(Ints a, Ints b) {
  return bits_of(_mm256_cmpgt_epi32(a.low, b.low), _mm256_cmpgt_epi32(a.high, b.high));
}
CT_PAIR __mmask16 mask_cmpeq_epi32_mask(__mmask16 mask, Ints a, Ints b) { return mask & cmpeq_epi32(a, b); }
CT_PAIR __mmask16 mask_cmple_epi32_mask(__mmask16 mask, Ints a, Ints b) {
  return mask & static_cast<__mmask16>(~cmpgt_epi32(a, b));
}
CT_PAIR __mmask16 mask_cmplt_epu32_mask(__mmask16 mask, Ints a, Ints b) {
  const Ints sign = set1_epi32(INT32_MIN);
  return mask & cmpgt_epi32(xor_si512(b, sign), xor_si512(a, sign));
}
CT_PAIR __mmask16 test_epi32_mask(Ints a, Ints b) {
  return static_cast<__mmask16>(~cmpeq_epi32(and_si512(a, b), setzero_si512()));
}
/// Which are infinite or no number.
CT_PAIR __mmask16 not_finite(Floats a) { return cmp_ps<_CMP_NLT_UQ>(abs_ps(a), set1_ps(INFINITY)); }

// -- Across lanes -----------------------------------------------------------------------------

CT_PAIR float first(__m128 a) { return _mm_cvtss_f32(a); }
CT_PAIR float reduce_add_ps(Floats a) {
  const __m256 eight = _mm256_add_ps(a.low, a.high);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return first(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
CT_PAIR float reduce_max_ps(Floats a) {
  const __m256 eight = _mm256_max_ps(a.low, a.high);
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return first(_mm_max_ss(two, _mm_movehdup_ps(two)));
}
CT_PAIR double reduce_add_pd(Doubles a) {
  const __m256d four = _mm256_add_pd(a.low, a.high);
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}
CT_PAIR double cvtsd_f64(Doubles a) { return _mm256_cvtsd_f64(a.low); }

/// Quarter `index` of four numbers.
template <int index>
CT_PAIR __m128 quarter(Floats a) {
  return _mm256_extractf128_ps(index < 2 ? a.low : a.high, index & 1);
}
template <int how>
CT_PAIR Floats shuffle_quarters(Floats a, Floats b) {
  return {_mm256_set_m128(quarter<(how >> 2 & 3)>(a), quarter<(how & 3)>(a)),
          _mm256_set_m128(quarter<(how >> 6 & 3)>(b), quarter<(how >> 4 & 3)>(b))};
}
template <int how>
CT_PAIR Ints shuffle_quarters(Ints a, Ints b) {
  return as_ints(shuffle_quarters<how>(as_floats(a), as_floats(b)));
}
CT_PAIR Floats permutex2var_ps(Floats a, Ints index, Floats b) {
  alignas(32) float all[32];
  storeu_ps(all, a);
  storeu_ps(all + 16, b);
  return {_mm256_i32gather_ps(all, index.low, 4), _mm256_i32gather_ps(all, index.high, 4)};
}
CT_PAIR __m256 half_of(Floats a, int which) { return which == 0 ? a.low : a.high; }
CT_PAIR Ints castsi256_si512(__m256i low) { return {low, _mm256_setzero_si256()}; }
CT_PAIR Ints with_high(Ints a, __m256i high) { return {a.low, high}; }

// -- Converting -------------------------------------------------------------------------------

CT_PAIR Ints cvtepu16_epi32(__m256i halves) {
  return {_mm256_cvtepu16_epi32(_mm256_castsi256_si128(halves)),
          _mm256_cvtepu16_epi32(_mm256_extracti128_si256(halves, 1))};
}
CT_PAIR Ints cvtepu8_epi32(__m128i bytes) {
  return {_mm256_cvtepu8_epi32(bytes), _mm256_cvtepu8_epi32(_mm_srli_si128(bytes, 8))};
}
/// The low halves of sixteen words.
CT_PAIR __m256i cvtepi32_epi16(Ints a) {
  const Ints low = and_si512(a, set1_epi32(0xFFFF));
  return _mm256_permute4x64_epi64(_mm256_packus_epi32(low.low, low.high), 0xD8);
}
CT_PAIR __m128i cvtepi32_epi8(Ints a) {
  const __m256i halves = cvtepi32_epi16(and_si512(a, set1_epi32(0xFF)));
  return _mm_packus_epi16(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
}
CT_PAIR Ints cvtps_epi32(Floats a) { return {_mm256_cvtps_epi32(a.low), _mm256_cvtps_epi32(a.high)}; }
CT_PAIR Floats cvtepi32_ps(Ints a) { return {_mm256_cvtepi32_ps(a.low), _mm256_cvtepi32_ps(a.high)}; }
CT_PAIR Ints cvttps_epi32(Floats a) { return {_mm256_cvttps_epi32(a.low), _mm256_cvttps_epi32(a.high)}; }
CT_PAIR Doubles cvtps_pd(__m256 a) {
  return {_mm256_cvtps_pd(_mm256_castps256_ps128(a)), _mm256_cvtps_pd(_mm256_extractf128_ps(a, 1))};
}
/// To bfloat16 and the nearest, ties to even; what is no number stays none.
CT_PAIR __m256i cvtneps_pbh(Floats a) {
  const Ints bits = as_ints(a);
  const Ints odd = and_si512(srli_epi32(bits, 16), set1_epi32(1));
  const Ints rounded = srli_epi32(add_epi32(bits, add_epi32(odd, set1_epi32(0x7FFF))), 16);
  const Ints quiet = or_si512(srli_epi32(bits, 16), set1_epi32(0x40));
  return cvtepi32_epi16(as_ints(chosen(cmp_ps<_CMP_UNORD_Q>(a, a), as_floats(quiet), as_floats(rounded))));
}
CT_PAIR Ints cvtne2ps_pbh(Floats high, Floats low) { return {cvtneps_pbh(low), cvtneps_pbh(high)}; }

/// 2ⁿ of whole numbers that a float's exponent holds.
CT_PAIR __m256 power(__m256i n) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
}
/// a · 2ⁿ with n the whole number below x: in two steps, of which only the last rounds.
CT_PAIR __m256 scale(__m256 a, __m256 x) {
  const __m256 bounded = _mm256_max_ps(_mm256_set1_ps(-252), _mm256_min_ps(_mm256_set1_ps(254), x));
  const __m256i n = _mm256_cvtps_epi32(_mm256_floor_ps(bounded));
  const __m256i half = _mm256_srai_epi32(n, 1);
  return _mm256_mul_ps(_mm256_mul_ps(a, power(half)), power(_mm256_sub_epi32(n, half)));
}
CT_PAIR Floats scalef_ps(Floats a, Floats x) { return {scale(a.low, x.low), scale(a.high, x.high)}; }
CT_PAIR __m256d power(__m128i n) {
  return _mm256_castsi256_pd(_mm256_slli_epi64(_mm256_add_epi64(_mm256_cvtepi32_epi64(n), _mm256_set1_epi64x(1023)), 52));
}
CT_PAIR __m256d scale(__m256d a, __m256d x) {
  const __m256d bounded = _mm256_max_pd(_mm256_set1_pd(-2044), _mm256_min_pd(_mm256_set1_pd(2046), x));
  const __m128i n = _mm256_cvtpd_epi32(_mm256_floor_pd(bounded));
  const __m128i half = _mm_srai_epi32(n, 1);
  return _mm256_mul_pd(_mm256_mul_pd(a, power(half)), power(_mm_sub_epi32(n, half)));
}
CT_PAIR Doubles scalef_pd(Doubles a, Doubles x) { return {scale(a.low, x.low), scale(a.high, x.high)}; }
/// x less the whole number below it; 0 of infinities.
CT_PAIR __m256 fraction(__m256 x) {
  const __m256 size = _mm256_and_ps(x, _mm256_castsi256_ps(_mm256_set1_epi32(INT32_MAX)));
  const __m256 bounded = _mm256_cmp_ps(size, _mm256_set1_ps(INFINITY), _CMP_NEQ_UQ);
  return _mm256_and_ps(_mm256_sub_ps(x, _mm256_floor_ps(x)), bounded);
}
CT_PAIR Floats fractions(Floats x) { return {fraction(x.low), fraction(x.high)}; }

/// The power of two of positive normal numbers, and the number over it: from 1 to 2, or from 0.75 to 1.5.
CT_PAIR Floats getexp_ps(Floats x) {
  const Ints n = sub_epi32(srli_epi32(as_ints(x), 23), set1_epi32(127));
  return {_mm256_cvtepi32_ps(n.low), _mm256_cvtepi32_ps(n.high)};
}
CT_PAIR Floats mantissas(Floats x) {
  const Floats m = as_floats(or_si512(and_si512(as_ints(x), set1_epi32(0x7FFFFF)), set1_epi32(0x3F800000)));
  return chosen(cmp_ps<_CMP_GE_OQ>(m, set1_ps(1.5F)), mul_ps(m, set1_ps(0.5F)), m);
}

/// sum + a · b of sixteen pairs of bfloat16, the lower ones first.
CT_PAIR Floats dpbf16_ps(Floats sum, Ints a, Ints b) {
  const Ints upper = set1_epi32(static_cast<int>(0xFFFF0000));
  sum = fmadd_ps(as_floats(slli_epi32(a, 16)), as_floats(slli_epi32(b, 16)), sum);
  return fmadd_ps(as_floats(and_si512(a, upper)), as_floats(and_si512(b, upper)), sum);
}

}  // namespace ct::pair
