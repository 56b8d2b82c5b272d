// The names under which the kernels know Pairs.hpp. To be included last of all headers that know AVX-512.
#pragma once
#include "Pairs.hpp"

// Some of them are macros already; which ones depends on the compiler and on its flags.
#undef _mm256_mask_storeu_epi16
#undef _mm256_maskz_loadu_epi16
#undef _mm512_abs_ps
#undef _mm512_add_epi32
#undef _mm512_add_pd
#undef _mm512_add_ps
#undef _mm512_and_si512
#undef _mm512_castpd_ps
#undef _mm512_castps512_ps256
#undef _mm512_castps_pd
#undef _mm512_castps_si512
#undef _mm512_castsi256_si512
#undef _mm512_castsi512_ps
#undef _mm512_cmp_ps_mask
#undef _mm512_cvtepi32_epi16
#undef _mm512_cvtepi32_epi8
#undef _mm512_cvtepi32_ps
#undef _mm512_cvtepu16_epi32
#undef _mm512_cvtepu8_epi32
#undef _mm512_cvtne2ps_pbh
#undef _mm512_cvtneps_pbh
#undef _mm512_cvtps_epi32
#undef _mm512_cvtps_pd
#undef _mm512_cvtsd_f64
#undef _mm512_cvttps_epi32
#undef _mm512_div_ps
#undef _mm512_dpbf16_ps
#undef _mm512_extractf32x8_ps
#undef _mm512_fmadd_pd
#undef _mm512_fmadd_ps
#undef _mm512_fmsub_ps
#undef _mm512_fnmadd_pd
#undef _mm512_fnmadd_ps
#undef _mm512_fpclass_ps_mask
#undef _mm512_getexp_ps
#undef _mm512_getmant_ps
#undef _mm512_inserti64x4
#undef _mm512_load_ps
#undef _mm512_loadu_ps
#undef _mm512_loadu_si512
#undef _mm512_madd_epi16
#undef _mm512_mask_add_epi32
#undef _mm512_mask_add_pd
#undef _mm512_mask_add_ps
#undef _mm512_mask_cmp_pd_mask
#undef _mm512_mask_cmpeq_epi32_mask
#undef _mm512_mask_cmpeq_epu32_mask
#undef _mm512_mask_cmple_epi32_mask
#undef _mm512_mask_cmplt_epu32_mask
#undef _mm512_mask_loadu_ps
#undef _mm512_mask_max_ps
#undef _mm512_mask_mul_ps
#undef _mm512_mask_storeu_epi32
#undef _mm512_mask_storeu_ps
#undef _mm512_maskz_add_epi32
#undef _mm512_maskz_load_ps
#undef _mm512_maskz_loadu_epi32
#undef _mm512_maskz_loadu_ps
#undef _mm512_maskz_mov_ps
#undef _mm512_maskz_mul_ps
#undef _mm512_max_epi32
#undef _mm512_max_pd
#undef _mm512_max_ps
#undef _mm512_min_epi32
#undef _mm512_min_ps
#undef _mm512_mul_pd
#undef _mm512_mul_ps
#undef _mm512_mullo_epi32
#undef _mm512_or_si512
#undef _mm512_permutex2var_ps
#undef _mm512_reduce_add_pd
#undef _mm512_reduce_add_ps
#undef _mm512_reduce_max_ps
#undef _mm512_reduce_ps
#undef _mm512_roundscale_pd
#undef _mm512_roundscale_ps
#undef _mm512_scalef_pd
#undef _mm512_scalef_ps
#undef _mm512_set1_epi32
#undef _mm512_set1_pd
#undef _mm512_set1_ps
#undef _mm512_setr_epi32
#undef _mm512_setzero_pd
#undef _mm512_setzero_ps
#undef _mm512_setzero_si512
#undef _mm512_shuffle_f32x4
#undef _mm512_shuffle_i32x4
#undef _mm512_slli_epi32
#undef _mm512_sqrt_ps
#undef _mm512_srli_epi32
#undef _mm512_store_pd
#undef _mm512_store_ps
#undef _mm512_store_si512
#undef _mm512_storeu_ps
#undef _mm512_storeu_si512
#undef _mm512_sub_epi32
#undef _mm512_sub_ps
#undef _mm512_test_epi32_mask
#undef _mm512_unpackhi_epi16
#undef _mm512_unpackhi_epi32
#undef _mm512_unpackhi_epi64
#undef _mm512_unpackhi_pd
#undef _mm512_unpackhi_ps
#undef _mm512_unpacklo_epi16
#undef _mm512_unpacklo_epi32
#undef _mm512_unpacklo_epi64
#undef _mm512_unpacklo_pd
#undef _mm512_unpacklo_ps
#undef _mm512_xor_si512

#define __m512 ::ct::pair::Floats
#define __m512i ::ct::pair::Ints
#define __m512d ::ct::pair::Doubles
#define __m512bh ::ct::pair::Ints
#define _mm256_mask_storeu_epi16 ::ct::pair::mask_storeu_epi16
#define _mm256_maskz_loadu_epi16 ::ct::pair::maskz_loadu_epi16
#define _mm512_abs_ps ::ct::pair::abs_ps
#define _mm512_add_epi32 ::ct::pair::add_epi32
#define _mm512_add_pd ::ct::pair::add_pd
#define _mm512_add_ps ::ct::pair::add_ps
#define _mm512_and_si512 ::ct::pair::and_si512
#define _mm512_castpd_ps ::ct::pair::as_floats
#define _mm512_castps512_ps256(a) ::ct::pair::half_of(a, 0)
#define _mm512_castps_pd ::ct::pair::as_doubles
#define _mm512_castps_si512 ::ct::pair::as_ints
#define _mm512_castsi256_si512 ::ct::pair::castsi256_si512
#define _mm512_castsi512_ps ::ct::pair::as_floats
#define _mm512_cmp_ps_mask(a, b, how) ::ct::pair::cmp_ps<how>(a, b)
#define _mm512_cvtepi32_epi16 ::ct::pair::cvtepi32_epi16
#define _mm512_cvtepi32_epi8 ::ct::pair::cvtepi32_epi8
#define _mm512_cvtepi32_ps ::ct::pair::cvtepi32_ps
#define _mm512_cvtepu16_epi32 ::ct::pair::cvtepu16_epi32
#define _mm512_cvtepu8_epi32 ::ct::pair::cvtepu8_epi32
#define _mm512_cvtne2ps_pbh ::ct::pair::cvtne2ps_pbh
#define _mm512_cvtneps_pbh ::ct::pair::cvtneps_pbh
#define _mm512_cvtps_epi32 ::ct::pair::cvtps_epi32
#define _mm512_cvtps_pd ::ct::pair::cvtps_pd
#define _mm512_cvtsd_f64 ::ct::pair::cvtsd_f64
#define _mm512_cvttps_epi32 ::ct::pair::cvttps_epi32
#define _mm512_div_ps ::ct::pair::div_ps
#define _mm512_dpbf16_ps ::ct::pair::dpbf16_ps
#define _mm512_extractf32x8_ps(a, which) ::ct::pair::half_of(a, which)
#define _mm512_fmadd_pd ::ct::pair::fmadd_pd
#define _mm512_fmadd_ps ::ct::pair::fmadd_ps
#define _mm512_fmsub_ps ::ct::pair::fmsub_ps
#define _mm512_fnmadd_pd ::ct::pair::fnmadd_pd
#define _mm512_fnmadd_ps ::ct::pair::fnmadd_ps
#define _mm512_fpclass_ps_mask(a, classes) ::ct::pair::not_finite(a)
#define _mm512_getexp_ps ::ct::pair::getexp_ps
#define _mm512_getmant_ps(a, range, sign) ::ct::pair::mantissas(a)
#define _mm512_inserti64x4(a, high, where) ::ct::pair::with_high(a, high)
#define _mm512_load_ps ::ct::pair::loadu_ps
#define _mm512_loadu_ps ::ct::pair::loadu_ps
#define _mm512_loadu_si512 ::ct::pair::loadu_si512
#define _mm512_madd_epi16 ::ct::pair::madd_epi16
#define _mm512_mask_add_epi32 ::ct::pair::mask_add_epi32
#define _mm512_mask_add_pd ::ct::pair::mask_add_pd
#define _mm512_mask_add_ps ::ct::pair::mask_add_ps
#define _mm512_mask_cmp_pd_mask(mask, a, b, how) ::ct::pair::mask_cmp_pd<how>(mask, a, b)
#define _mm512_mask_cmpeq_epi32_mask ::ct::pair::mask_cmpeq_epi32_mask
#define _mm512_mask_cmpeq_epu32_mask ::ct::pair::mask_cmpeq_epi32_mask
#define _mm512_mask_cmple_epi32_mask ::ct::pair::mask_cmple_epi32_mask
#define _mm512_mask_cmplt_epu32_mask ::ct::pair::mask_cmplt_epu32_mask
#define _mm512_mask_loadu_ps ::ct::pair::mask_loadu_ps
#define _mm512_mask_max_ps ::ct::pair::mask_max_ps
#define _mm512_mask_mul_ps ::ct::pair::mask_mul_ps
#define _mm512_mask_storeu_epi32 ::ct::pair::mask_storeu_epi32
#define _mm512_mask_storeu_ps ::ct::pair::mask_storeu_ps
#define _mm512_maskz_add_epi32 ::ct::pair::maskz_add_epi32
#define _mm512_maskz_load_ps ::ct::pair::maskz_loadu_ps
#define _mm512_maskz_loadu_epi32 ::ct::pair::maskz_loadu_epi32
#define _mm512_maskz_loadu_ps ::ct::pair::maskz_loadu_ps
#define _mm512_maskz_mov_ps ::ct::pair::maskz_mov_ps
#define _mm512_maskz_mul_ps ::ct::pair::maskz_mul_ps
#define _mm512_max_epi32 ::ct::pair::max_epi32
#define _mm512_max_pd ::ct::pair::max_pd
#define _mm512_max_ps ::ct::pair::max_ps
#define _mm512_min_epi32 ::ct::pair::min_epi32
#define _mm512_min_ps ::ct::pair::min_ps
#define _mm512_mul_pd ::ct::pair::mul_pd
#define _mm512_mul_ps ::ct::pair::mul_ps
#define _mm512_mullo_epi32 ::ct::pair::mullo_epi32
#define _mm512_or_si512 ::ct::pair::or_si512
#define _mm512_permutex2var_ps ::ct::pair::permutex2var_ps
#define _mm512_reduce_add_pd ::ct::pair::reduce_add_pd
#define _mm512_reduce_add_ps ::ct::pair::reduce_add_ps
#define _mm512_reduce_max_ps ::ct::pair::reduce_max_ps
#define _mm512_reduce_ps(a, how) ::ct::pair::fractions(a)
#define _mm512_roundscale_pd(a, how) ::ct::pair::nearest_pd(a)
#define _mm512_roundscale_ps(a, how) ::ct::pair::nearest_ps(a)
#define _mm512_scalef_pd ::ct::pair::scalef_pd
#define _mm512_scalef_ps ::ct::pair::scalef_ps
#define _mm512_set1_epi32 ::ct::pair::set1_epi32
#define _mm512_set1_pd ::ct::pair::set1_pd
#define _mm512_set1_ps ::ct::pair::set1_ps
#define _mm512_setr_epi32 ::ct::pair::setr_epi32
#define _mm512_setzero_pd ::ct::pair::setzero_pd
#define _mm512_setzero_ps ::ct::pair::setzero_ps
#define _mm512_setzero_si512 ::ct::pair::setzero_si512
#define _mm512_shuffle_f32x4(a, b, how) ::ct::pair::shuffle_quarters<how>(a, b)
#define _mm512_shuffle_i32x4(a, b, how) ::ct::pair::shuffle_quarters<how>(a, b)
#define _mm512_slli_epi32 ::ct::pair::slli_epi32
#define _mm512_sqrt_ps ::ct::pair::sqrt_ps
#define _mm512_srli_epi32 ::ct::pair::srli_epi32
#define _mm512_store_pd ::ct::pair::store_pd
#define _mm512_store_ps ::ct::pair::storeu_ps
#define _mm512_store_si512 ::ct::pair::storeu_si512
#define _mm512_storeu_ps ::ct::pair::storeu_ps
#define _mm512_storeu_si512 ::ct::pair::storeu_si512
#define _mm512_sub_epi32 ::ct::pair::sub_epi32
#define _mm512_sub_ps ::ct::pair::sub_ps
#define _mm512_test_epi32_mask ::ct::pair::test_epi32_mask
#define _mm512_unpackhi_epi16 ::ct::pair::unpackhi_epi16
#define _mm512_unpackhi_epi32 ::ct::pair::unpackhi_epi32
#define _mm512_unpackhi_epi64 ::ct::pair::unpackhi_epi64
#define _mm512_unpackhi_pd ::ct::pair::unpackhi_pd
#define _mm512_unpackhi_ps ::ct::pair::unpackhi_ps
#define _mm512_unpacklo_epi16 ::ct::pair::unpacklo_epi16
#define _mm512_unpacklo_epi32 ::ct::pair::unpacklo_epi32
#define _mm512_unpacklo_epi64 ::ct::pair::unpacklo_epi64
#define _mm512_unpacklo_pd ::ct::pair::unpacklo_pd
#define _mm512_unpacklo_ps ::ct::pair::unpacklo_ps
#define _mm512_xor_si512 ::ct::pair::xor_si512
