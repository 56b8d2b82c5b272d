// Attention of one new token a row over the row's own cache: what decoding spends its bandwidth on.
// The cache is read once, in order, and only as far as the row is long.
#include <atomic>
#include <cstring>

#include "Attention.hpp"
#include "Elements.hpp"
#include "AttentionTiles.hpp"
#include "Rotary.hpp"
#include "Threads.hpp"

#if CT_HAS_SIMD

namespace ct {

namespace {

using attention::columns, attention::multiply_add, attention::per_word, attention::power_of_two,
    attention::round_up, attention::Word;

/// Elements in a register of words.
template <typename Element>
constexpr int64_t line = 16 * per_word<Element>;
/// Heads whose sums over 64 places stay in registers.
constexpr int heads_at_once = 4;

/// How far ahead of its use the cache is asked for, in bytes.
constexpr int64_t ahead = 2048;

/// The sums of sixteen registers, a lane each.
CT_SIMD_INLINE __m512 totals(const __m512 (&sums)[16]) {
  __m512 twos[8], fours[4];
  for (int i = 0; i < 8; ++i) {
    twos[i] = _mm512_add_ps(_mm512_unpacklo_ps(sums[2 * i], sums[2 * i + 1]),
                            _mm512_unpackhi_ps(sums[2 * i], sums[2 * i + 1]));
  }
  for (int i = 0; i < 4; ++i) {
    const __m512d even = _mm512_castps_pd(twos[2 * i]), odd = _mm512_castps_pd(twos[2 * i + 1]);
    fours[i] = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(even, odd)),
                             _mm512_castpd_ps(_mm512_unpackhi_pd(even, odd)));
  }
  const __m512 low = _mm512_add_ps(_mm512_shuffle_f32x4(fours[0], fours[1], 0x88),
                                   _mm512_shuffle_f32x4(fours[0], fours[1], 0xdd));
  const __m512 high = _mm512_add_ps(_mm512_shuffle_f32x4(fours[2], fours[3], 0x88),
                                    _mm512_shuffle_f32x4(fours[2], fours[3], 0xdd));
  return _mm512_add_ps(_mm512_shuffle_f32x4(low, high, 0x88), _mm512_shuffle_f32x4(low, high, 0xdd));
}

/// Asks for what will be read soon.
template <typename Element>
CT_SIMD_INLINE void fetch(const Element *from, int64_t count) {
  const int64_t bytes = count * static_cast<int64_t>(sizeof(Element));
  for (int64_t byte = 0; byte < bytes; byte += 64) {
    _mm_prefetch(reinterpret_cast<const char *>(from) + byte, _MM_HINT_T0);
  }
}

/// Scores of sixteen keys for one query. Where they are not whole, keys after `last` repeat it and
/// words beyond the head's size are zero.
template <typename Element, bool IsWhole>
CT_SIMD_INLINE __m512 score_sixteen(const Element *query, const Element *keys, int64_t size, int64_t last) {
  __m512 sums[16];
  for (auto &sum : sums) sum = _mm512_setzero_ps();
  for (int64_t at = 0; at < size; at += line<Element>) {
    const __mmask16 mask = IsWhole ? 0xffff : first_lanes((size - at) / per_word<Element>);
    const __m512i left = _mm512_maskz_loadu_epi32(mask, query + at);
    const Element *row = keys + at;
    for (int64_t i = 0; i < 16; ++i) {
      const __m512i right = IsWhole ? _mm512_loadu_si512(row) : _mm512_maskz_loadu_epi32(mask, row);
      sums[i] = multiply_add<Element>(sums[i], left, right);
      if (IsWhole || i < last) row += size;
    }
  }
  return totals(sums);
}

/// Scores of `count` keys, [heads][pitch].
template <typename Element>
CT_SIMD void score(const Element *queries, int64_t heads, int64_t size, const Element *keys, int64_t count,
                     float *scores, int64_t pitch) {
  const int64_t further = ahead / static_cast<int64_t>(sizeof(Element));
  for (int64_t key = 0; key < count; key += 16) {
    const Element *rows = keys + key * size;
    const int64_t left = std::min<int64_t>((count - key) * size - further, 16 * size);
    if (left > 0) fetch(rows + further, left);
    const int64_t last = std::min<int64_t>(count - key, 16) - 1;
    const bool is_whole = last == 15 && size % line<Element> == 0;
    for (int64_t head = 0; head < heads; ++head) {
      const Element *query = queries + head * size;
      const __m512 sixteen = is_whole ? score_sixteen<Element, true>(query, rows, size, last)
                                      : score_sixteen<Element, false>(query, rows, size, last);
      _mm512_store_ps(scores + head * pitch + key, sixteen);
    }
  }
}

/// Scores become 2^(score - the largest), in the cache's type; zero up to `pitch`. Returns their sum.
template <typename Element>
CT_SIMD float soften(const float *scores, Element *weights, int64_t count, int64_t pitch, float scale) {
  __m512 most = _mm512_set1_ps(-1e38f);
  for (int64_t at = 0; at < count; at += lanes) {
    most = _mm512_mask_max_ps(most, first_lanes(count - at), most, _mm512_load_ps(scores + at));
  }
  const __m512 factor = _mm512_set1_ps(scale), shift = _mm512_set1_ps(-scale * _mm512_reduce_max_ps(most));
  __m512 sum = _mm512_setzero_ps();
  for (int64_t at = 0; at < pitch; at += lanes) {
    const __mmask16 mask = first_lanes(std::max<int64_t>(count - at, 0));
    const __m512 power = power_of_two(_mm512_fmadd_ps(_mm512_maskz_load_ps(mask, scores + at), factor, shift));
    const __m512 weight = _mm512_maskz_mov_ps(mask, power);
    sum = _mm512_add_ps(sum, weight);
    store(weights + at, weight);
  }
  return _mm512_reduce_add_ps(sum);
}

/// The words of 64 places of one step of values, and where each place's sum goes.
template <typename Element>
struct Values;

template <>
struct Values<float> {
  static CT_SIMD_INLINE void read(const float *row, int64_t, bool, int64_t left, __m512i (&to)[4]) {
    for (int64_t i = 0; i < 4; ++i) {
      to[i] = _mm512_maskz_loadu_epi32(first_lanes(std::max<int64_t>(left - i * lanes, 0)), row + i * lanes);
    }
  }
  static CT_SIMD_INLINE void order(__m512 (&)[4]) {}
};

template <>
struct Values<at::BFloat16> {
  static CT_SIMD_INLINE void read(const at::BFloat16 *row, int64_t size, bool is_last, int64_t left, __m512i (&to)[4]) {
    for (int64_t i = 0; i < 2; ++i) {
      const __mmask16 mask = first_lanes(std::max<int64_t>(left / 2 - i * lanes, 0));
      const __m512i upper = _mm512_maskz_loadu_epi32(mask, row + i * 2 * lanes);
      const __m512i lower = _mm512_maskz_loadu_epi32(is_last ? 0 : mask, row + size + i * 2 * lanes);
      to[2 * i] = _mm512_unpacklo_epi16(upper, lower);
      to[2 * i + 1] = _mm512_unpackhi_epi16(upper, lower);
    }
  }
  /// Interleaving went by quarters of a register.
  static CT_SIMD_INLINE void order(__m512 (&sums)[4]) {
    const __m512i first = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const __m512i second = _mm512_add_epi32(first, _mm512_set1_epi32(8));
    for (int i = 0; i < 4; i += 2) {
      const __m512 low = sums[i], high = sums[i + 1];
      sums[i] = _mm512_permutex2var_ps(low, first, high);
      sums[i + 1] = _mm512_permutex2var_ps(low, second, high);
    }
  }
};

/// Weighted values of `Heads` heads, 64 places of them, divided by the sums of their weights.
template <typename Element, int Heads>
CT_SIMD void gather(const Element *weights, int64_t pitch, const Element *values, int64_t count, int64_t size,
                      int64_t left, const float *sums, Element *out) {
  __m512 result[Heads][4];
  for (auto &head : result) {
    for (auto &sum : head) sum = _mm512_setzero_ps();
  }
  for (int64_t key = 0; key < count; key += per_word<Element>) {
    const Element *row = values + key * size;
    for (int64_t i = 0; i < per_word<Element>; ++i) {
      _mm_prefetch(reinterpret_cast<const char *>(row + i * size) + ahead, _MM_HINT_T0);
      _mm_prefetch(reinterpret_cast<const char *>(row + i * size) + ahead + 64, _MM_HINT_T0);
    }
    __m512i beside[4];
    Values<Element>::read(row, size, key + 1 >= count, left, beside);
    for (int head = 0; head < Heads; ++head) {
      Word word;
      std::memcpy(&word, weights + head * pitch + key, sizeof(Word));
      const __m512i weight = _mm512_set1_epi32(static_cast<int>(word));
      for (int i = 0; i < 4; ++i) result[head][i] = multiply_add<Element>(result[head][i], weight, beside[i]);
    }
  }
  for (int head = 0; head < Heads; ++head) {
    Values<Element>::order(result[head]);
    const __m512 share = _mm512_set1_ps(1 / sums[head]);
    for (int64_t i = 0; i < 4; ++i) {
      const __mmask16 mask = first_lanes(std::max<int64_t>(left - i * lanes, 0));
      store(out + head * size + i * lanes, mask, _mm512_mul_ps(result[head][i], share));
    }
  }
}

template <typename Element>
class Next {
 public:
  Next(const at::Tensor &qkv, at::Tensor &keys, at::Tensor &values, const std::vector<int64_t> &lengths,
       const at::Tensor &cosine, const at::Tensor &sine, const CTHeads &heads, int64_t window, at::Tensor &out)
      : heads(heads), window(window), capacity(keys.size(2)), lengths(lengths),
        qkv(static_cast<const Element *>(qkv.const_data_ptr())), keys(static_cast<Element *>(keys.mutable_data_ptr())),
        values(static_cast<Element *>(values.mutable_data_ptr())), out(static_cast<Element *>(out.mutable_data_ptr())),
        cosine(elements<float>(cosine)), sine(elements<float>(sine)) {}

  /// Bytes a thread works in: scores, weights, queries and sums.
  int64_t scratch(int64_t longest) const {
    const int64_t size = static_cast<int64_t>(sizeof(Element));
    return sharers(heads) * (round_up(longest, columns) * (4 + size) + heads.size * size + 4) + 4 * 64;
  }

  CT_SIMD void run(int64_t row, int64_t group, std::byte *memory) const {
    const int64_t size = heads.size, many = sharers(heads), position = lengths[static_cast<size_t>(row)];
    const int64_t begin = window > 0 ? std::max<int64_t>(position + 1 - window, 0) : 0;
    const int64_t count = position + 1 - begin, pitch = round_up(count, columns);
    auto *scores = reinterpret_cast<float *>(memory);
    auto *weights = reinterpret_cast<Element *>(scores + many * pitch);
    auto *queries = reinterpret_cast<Element *>(weights + many * pitch);
    auto *sums = reinterpret_cast<float *>(queries + many * size);

    const Element *token = qkv + row * row_width(heads) + group * size;
    Element *first_key = keys + (row * heads.groups + group) * capacity * size;
    Element *first_value = values + (row * heads.groups + group) * capacity * size;
    const auto bytes = static_cast<size_t>(size) * sizeof(Element);
    const float *c = cosine + position * size / 2, *s = sine + position * size / 2;
    std::memcpy(first_key + position * size, token + key_offset(heads), bytes);
    std::memcpy(first_value + position * size, token + value_offset(heads), bytes);
    turn_heads(first_key + position * size, c, s, 1, size, false);
    std::memcpy(queries, token + group * (many - 1) * size, bytes * static_cast<size_t>(many));
    turn_heads(queries, c, s, many, size, false);

    score(queries, many, size, first_key + begin * size, count, scores, pitch);
    fetch(first_value + begin * size, std::min<int64_t>(count * size, ahead / sizeof(Element)));
    const float scale = static_cast<float>(M_LOG2E / std::sqrt(static_cast<double>(size)));
    for (int64_t head = 0; head < many; ++head) {
      sums[head] = soften(scores + head * pitch, weights + head * pitch, count, pitch, scale);
    }
    Element *to = out + (row * heads.queries + group * many) * size;
    for (int64_t head = 0; head < many; head += heads_at_once) {
      for (int64_t at = 0; at < size; at += columns) {
        const auto gather_heads = [&](auto number) {
          gather<Element, decltype(number)::value>(weights + head * pitch, pitch, first_value + begin * size + at,
                                                   count, size, size - at, sums + head, to + head * size + at);
        };
        switch (std::min<int64_t>(many - head, heads_at_once)) {
          case 1: gather_heads(std::integral_constant<int, 1>()); break;
          case 2: gather_heads(std::integral_constant<int, 2>()); break;
          case 3: gather_heads(std::integral_constant<int, 3>()); break;
          default: gather_heads(std::integral_constant<int, 4>()); break;
        }
      }
    }
  }

 private:
  const CTHeads heads;
  const int64_t window, capacity;
  const std::vector<int64_t> &lengths;
  const Element *qkv;
  Element *keys, *values, *out;
  const float *cosine, *sine;
};

template <typename Element>
void run(const Next<Element> &next, const std::vector<int64_t> &lengths, int64_t groups) {
  const auto rows = static_cast<int64_t>(lengths.size());
  const int threads = static_cast<int>(std::min<int64_t>(thread_count(), rows * groups));
  const int64_t bytes = round_up(next.scratch(*std::max_element(lengths.begin(), lengths.end()) + 1), 4096);
  auto memory = at::empty({threads * bytes}, at::kByte);
  auto *start = static_cast<std::byte *>(memory.mutable_data_ptr());
  std::atomic<int64_t> item{0};
  on_threads(threads, [&](int thread, int) {
    for (int64_t i; (i = item.fetch_add(1)) < rows * groups;) {
      next.run(i / groups, i % groups, start + thread * bytes);
    }
  });
}

}  // namespace

at::Tensor attend_next(const at::Tensor &qkv, at::Tensor &keys, at::Tensor &values,
                       const std::vector<int64_t> &lengths, const at::Tensor &cosine, const at::Tensor &sine,
                       const CTHeads &heads, int64_t window) {
  auto out = at::empty({qkv.size(0), heads.queries * heads.size}, qkv.options());
  if (lengths.empty()) return out;
  if (qkv.scalar_type() == at::kFloat) {
    run(Next<float>(qkv, keys, values, lengths, cosine, sine, heads, window, out), lengths, heads.groups);
  } else {
    run(Next<at::BFloat16>(qkv, keys, values, lengths, cosine, sine, heads, window, out), lengths, heads.groups);
  }
  return out;
}

}  // namespace ct

#endif
