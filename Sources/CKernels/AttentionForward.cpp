// Attention forward: per six queries, scores against up to 512 keys, their softmax, and the weighted
// values, all in the nearest cache. Longer texts go on with the next 512 keys and rescale what they
// have. What a row becomes depends on its own text alone, not on what else is in the batch.
#include <atomic>

#include "AttentionPlan.hpp"
#include "AttentionTiles.hpp"
#include "Threads.hpp"

#if CT_HAS_SIMD

namespace ct::attention {

namespace {

/// Blocks of keys whose scores are held at once.
constexpr int64_t span = 8;
constexpr int64_t span_keys = span * columns;
/// Below every score, yet finite.
constexpr float nothing = -1e30f;

/// A block of keys as six queries see it.
struct Block {
  int64_t first, count, lanes, place;
  bool is_open;  // every query sees all 64 keys
};

/// The running softmax of one query.
struct Running {
  float top = nothing, sum = 0;
};

/// Six queries of one text: places [first, first + count) of its rows times heads.
struct Six {
  int64_t position[tile_rows];
  int64_t lowest() const { return position[0]; }
  int64_t highest() const { return position[tile_rows - 1]; }
};

CT_SIMD_INLINE void put_weights(float *to, __m512 low, __m512 high) {
  _mm512_storeu_ps(to, low);
  _mm512_storeu_ps(to + lanes, high);
}
CT_SIMD_INLINE void put_weights(at::BFloat16 *to, __m512 low, __m512 high) {
  _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh(high, low));
}

/// Turns one query's scores into weights 2^(score - top), and says by how much earlier sums shrink.
template <typename Element>
CT_SIMD float soften(const float *scores, Element *weights, const Block *blocks, int64_t count, int64_t query,
                       int64_t window, float scale, Running &running) {
  const auto mask_of = [&](const Block &block, int64_t lane) -> __mmask16 {
    if (block.is_open) return 0xffff;
    if (lane >= block.lanes) return 0;
    return seen(block.first + lane * lanes, block.count - lane * lanes, query, window);
  };
  __m512 most = _mm512_set1_ps(nothing / scale);
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t lane = 0; lane < blocks[i].lanes; ++lane) {
      const __m512 score = _mm512_load_ps(scores + i * columns + lane * lanes);
      most = _mm512_mask_max_ps(most, mask_of(blocks[i], lane), most, score);
    }
  }
  const float top = std::max(running.top, _mm512_reduce_max_ps(most) * scale);
  const __m512 factor = _mm512_set1_ps(scale), shift = _mm512_set1_ps(-top);
  __m512 sum = _mm512_setzero_ps();
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t lane = 0; lane < blocks[i].lanes; lane += 2) {
      __m512 weight[2];
      for (int64_t side = 0; side < 2; ++side) {
        const __mmask16 mask = mask_of(blocks[i], lane + side);
        const __m512 score = _mm512_maskz_load_ps(mask, scores + i * columns + (lane + side) * lanes);
        weight[side] = _mm512_maskz_mov_ps(mask, power_of_two(_mm512_fmadd_ps(score, factor, shift)));
        sum = _mm512_add_ps(sum, weight[side]);
      }
      // Beyond the block's keys these are zeros, where the next block's weights come.
      put_weights(weights + blocks[i].place + lane * lanes, weight[0], weight[1]);
    }
  }
  const float shrunk = std::exp2(running.top - top);
  running.sum = running.sum * shrunk + _mm512_reduce_add_ps(sum);
  running.top = top;
  return shrunk;
}

template <typename Element>
class Forward {
 public:
  Forward(const at::Tensor &qkv, const Plan &plan, const CTHeads &heads, int64_t window, at::Tensor &out,
          at::Tensor &sums)
      : plan(plan), heads(heads), window(window), width(row_width(heads)),
        scale(static_cast<float>(M_LOG2E / std::sqrt(static_cast<double>(heads.size)))),
        qkv(static_cast<const Element *>(qkv.const_data_ptr())), out(static_cast<Element *>(out.mutable_data_ptr())),
        sums(sums.mutable_data_ptr<float>()) {}

  /// Bytes a thread works in.
  int64_t scratch() const {
    const int64_t keys = plan.blocks * columns, size = static_cast<int64_t>(sizeof(Element));
    return keys * (heads.size + panels(heads.size) * columns) * size +
           tile_rows * ((heads.size + span_keys) * size + (span_keys + panels(heads.size) * columns) * 4) + 8 * 64;
  }

  CT_SIMD void run(const Task &task, std::byte *memory) {
    Arena arena(memory);
    const auto &family = plan.families[task.family];
    keys = arena.take<Word>(plan.blocks * key_words());
    values = arena.take<Word>(panels(heads.size) * value_pitch());
    queries = arena.take<Element>(tile_rows * heads.size);
    scores = arena.take<float>(tile_rows * span_keys);
    weights = arena.take<Element>(tile_rows * span_keys);
    summed = arena.take<float>(tile_rows * panels(heads.size) * columns);
    group = task.group;
    int64_t packed = 0;
    for (size_t i = family.parts[task.part]; i < family.parts[task.part + 1]; ++i) {
      const auto &member = family.members[i];
      const int64_t needed = member.own > 0 ? family.length : member.to;
      // Whole blocks are packed; what was there before is the start of what is needed now.
      for (packed = packed / columns * columns; packed < needed; packed = std::min(packed + columns, needed)) {
        pack(family.start + packed, std::min(columns, needed - packed), packed / columns, packed);
      }
      const Places places{needed, member.own};
      for (int64_t at = 0; at < member.own; at += columns) {
        const int64_t block = places.shared_blocks() + at / columns;
        pack(member.start + at, std::min(columns, member.own - at), block, places.place(block));
      }
      const int64_t per_key = sharers(heads), end = member.to * per_key;
      for (int64_t row = member.from * per_key; row < end; row += tile_rows) {
        attend(member, places, row, std::min(tile_rows, end - row));
      }
    }
  }

 private:
  const Plan &plan;
  const CTHeads heads;
  const int64_t window, width;
  const float scale;
  const Element *qkv;
  Element *out;
  float *sums;
  Word *keys = nullptr, *values = nullptr;
  Element *queries = nullptr, *weights = nullptr;
  float *scores = nullptr, *summed = nullptr;
  int64_t group = 0;

  /// Words of a block's keys, and of one panel of all values.
  int64_t key_words() const { return heads.size / per_word<Element> * columns; }
  int64_t value_pitch() const { return plan.blocks * columns / per_word<Element> * columns; }

  CT_SIMD void pack(int64_t row, int64_t count, int64_t block, int64_t place) {
    const Element *at = qkv + row * width + group * heads.size;
    pack_turned(at + key_offset(heads), width, count, heads.size, keys + block * key_words());
    pack_straight(at + value_offset(heads), width, count, heads.size, values + place / per_word<Element> * columns,
                  round_up(count, lanes) / per_word<Element>, value_pitch());
  }

  /// Rows count by position first, and by the heads that share the group second.
  CT_SIMD void attend(const Member &member, const Places &places, int64_t row, int64_t count) {
    const int64_t per_key = sharers(heads), offset = member.own > 0 ? places.shared : 0;
    Six six;
    for (int64_t i = 0; i < tile_rows; ++i) {
      const int64_t place = row + std::min(i, count - 1);
      six.position[i] = offset + place / per_key;
      const int64_t head = group * per_key + place % per_key;
      const Element *from = qkv + (member.start + place / per_key) * width + head * heads.size;
      copy_head(from, heads.size, queries + i * heads.size);
    }
    Running running[tile_rows];
    const int64_t last = places.block_of(six.highest()) + 1;
    int64_t block = window > 0 ? places.block_of(std::max<int64_t>(six.lowest() - window + 1, 0)) : 0;
    for (bool is_first = true; block < last; is_first = false) {
      const int64_t end = std::min(last, block / span * span + span);
      attend_span(six, places, block, end, is_first, running);
      block = end;
    }
    for (int64_t i = 0; i < count; ++i) {
      const int64_t place = row + i, head = group * per_key + place % per_key;
      const int64_t to = (member.start + place / per_key) * heads.queries + head;
      const float *from = summed + i * panels(heads.size) * columns;
      const __m512 share = _mm512_set1_ps(1 / running[i].sum);
      for (int64_t at = 0; at < heads.size; at += lanes) {
        store(out + to * heads.size + at, first_lanes(heads.size - at), _mm512_mul_ps(load(from + at), share));
      }
      sums[to] = running[i].top + std::log2(running[i].sum);
    }
  }

  CT_SIMD void attend_span(const Six &six, const Places &places, int64_t begin, int64_t end, bool is_first,
                             Running *running) {
    Block blocks[span];
    for (int64_t i = 0; i < end - begin; ++i) {
      const int64_t first = places.first(begin + i), count = places.count(begin + i);
      const int64_t reach = std::min(count, six.highest() - first + 1);
      blocks[i] = {first, count, (reach + lanes - 1) / lanes, places.place(begin + i) - places.place(begin),
                   count == columns && first + columns - 1 <= six.lowest() &&
                       (window == 0 || first > six.highest() - window)};
      product<Element, tile_rows, false, false>(
          blocks[i].lanes, reinterpret_cast<const Word *>(queries), heads.size / per_word<Element>,
          keys + (begin + i) * key_words(), heads.size / per_word<Element>, scores + i * columns, span_keys);
    }
    const int64_t pitch = panels(heads.size) * columns;
    for (int64_t i = 0; i < tile_rows; ++i) {
      const float shrunk = soften(scores + i * span_keys, weights + i * span_keys, blocks, end - begin,
                                  six.position[i], window, scale, running[i]);
      if (is_first) continue;
      for (int64_t at = 0; at < pitch; at += lanes) {
        float *sum = summed + i * pitch + at;
        store(sum, _mm512_mul_ps(load(sum), _mm512_set1_ps(shrunk)));
      }
    }
    const auto &last = blocks[end - begin - 1];
    const int64_t reach = last.place + last.lanes * lanes;
    for (int64_t panel = 0; panel < panels(heads.size); ++panel) {
      const auto *left = reinterpret_cast<const Word *>(weights);
      const Word *right = values + panel * value_pitch() + places.place(begin) / per_word<Element> * columns;
      const int64_t stride = span_keys / per_word<Element>, steps = reach / per_word<Element>;
      const int64_t wide = panel_lanes(heads.size, panel);
      float *to = summed + panel * columns;
      if (is_first) {
        product<Element, tile_rows, false, false>(wide, left, stride, right, steps, to, pitch);
      } else {
        product<Element, tile_rows, true, false>(wide, left, stride, right, steps, to, pitch);
      }
    }
  }
};

template <typename Element>
void forward(const at::Tensor &qkv, const Plan &plan, const CTHeads &heads, int64_t window, at::Tensor &out,
             at::Tensor &sums) {
  const Forward<Element> shape(qkv, plan, heads, window, out, sums);
  const int threads = static_cast<int>(std::min<size_t>(plan.tasks.size(), static_cast<size_t>(thread_count())));
  const int64_t bytes = round_up(shape.scratch(), 4096);
  auto memory = at::empty({threads * bytes}, at::kByte);
  auto *start = static_cast<std::byte *>(memory.mutable_data_ptr());
  std::atomic<size_t> next{0};
  on_threads(threads, [&](int thread, int) {
    Forward<Element> worker(shape);
    for (size_t task; (task = next.fetch_add(1)) < plan.tasks.size();) {
      worker.run(plan.tasks[task], start + thread * bytes);
    }
  });
}

}  // namespace

void attend_forward(const at::Tensor &qkv, const Plan &plan, const CTHeads &heads, int64_t window, at::Tensor &out,
                    at::Tensor &sums) {
  if (plan.tasks.empty()) return;
  if (qkv.scalar_type() == at::kFloat) return forward<float>(qkv, plan, heads, window, out, sums);
  return forward<at::BFloat16>(qkv, plan, heads, window, out, sums);
}

}  // namespace ct::attention

#endif
