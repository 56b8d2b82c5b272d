// Attention backward: scores and weights are made again, 96 queries by 64 keys at a time. With P the
// weights, O the output and ° its gradient,
//   V° = Pᵀ O°,  S° = P ∘ (O° Vᵀ - rowsum(O° ∘ O)),  Q° = S° K / √K,  K° = S°ᵀ Q / √K.
// The gradients of a family's shared keys are summed by one task, or by one task a part and then over
// the parts in order: the same numbers every time.
#include <atomic>
#include <cstring>

#include "AttentionPlan.hpp"
#include "Elements.hpp"
#include "AttentionTiles.hpp"
#include "Threads.hpp"

#if CT_HAS_SIMD

namespace ct::attention {

namespace {

/// Queries that are taken together, a multiple of tile_rows.
constexpr int64_t queries_at_once = 96;

/// Rounds two rows to words, a column each: the two above each other, or one after the other.
CT_SIMD_INLINE void put_turned(float *to, __m512 upper, __m512 lower) {
  _mm512_store_ps(to, upper);
  _mm512_store_ps(to + columns, lower);
}
CT_SIMD_INLINE void put_turned(at::BFloat16 *to, __m512 upper, __m512 lower) {
  const __m512i low = _mm512_cvtepu16_epi32(narrow(upper)), high = _mm512_cvtepu16_epi32(narrow(lower));
  _mm512_store_si512(to, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
}

/// What belongs to the queries at hand.
template <typename Element>
struct Batch {
  int64_t count, rounded;
  Element *queries, *gradients;            // [96][K]
  Word *query_panels, *gradient_panels;    // depth: queries
  float *shift, *share;                    // log₂ of the softmax's sum; rowsum(O° ∘ O)
  float *summed;                           // Q°
  int64_t position[queries_at_once];
  Element *weights_turned, *scores_turned;  // P and S°, [queries / per_word][64] words
  Element *scores_straight;                 // S°, [96][64]
  float *products, *value_products;         // six rows of Q Kᵀ and of O° Vᵀ
};

template <typename Element>
class Backward {
 public:
  Backward(const at::Tensor &qkv, const Plan &plan, const CTHeads &heads, int64_t window, const at::Tensor &out,
           const at::Tensor &sums, const at::Tensor &gradient, at::Tensor &result, float *partial)
      : plan(plan), heads(heads), window(window), width(row_width(heads)), pitch(panels(heads.size) * columns),
        scale(static_cast<float>(1 / std::sqrt(static_cast<double>(heads.size)))),
        qkv(static_cast<const Element *>(qkv.const_data_ptr())),
        out(static_cast<const Element *>(out.const_data_ptr())),
        gradient(static_cast<const Element *>(gradient.const_data_ptr())), sums(elements<float>(sums)),
        result(static_cast<Element *>(result.mutable_data_ptr())), partial(partial) {}

  /// Bytes a thread works in.
  int64_t scratch() {
    Arena arena(nullptr);
    lay_out(arena);
    return reinterpret_cast<int64_t>(arena.take<std::byte>(0));
  }

  CT_SIMD void run(const Task &task, std::byte *memory, int64_t partial_offset) {
    Arena arena(memory);
    lay_out(arena);
    const auto &family = plan.families[task.family];
    group = task.group;
    int64_t needed = 0;
    for (size_t i = family.parts[task.part]; i < family.parts[task.part + 1]; ++i) {
      needed = std::max(needed, family.members[i].own > 0 ? family.length : family.members[i].to);
    }
    for (int64_t at = 0; at < needed; at += columns) {
      pack(family.start + at, std::min(columns, needed - at), at / columns);
    }
    const int64_t shared = round_up(needed, columns) * pitch;
    std::memset(key_sums, 0, static_cast<size_t>(shared) * sizeof(float));
    std::memset(value_sums, 0, static_cast<size_t>(shared) * sizeof(float));
    for (size_t i = family.parts[task.part]; i < family.parts[task.part + 1]; ++i) {
      const auto &member = family.members[i];
      const Places places{needed, member.own};
      const int64_t own = round_up(member.own, columns) * pitch;
      for (int64_t at = 0; at < member.own; at += columns) {
        pack(member.start + at, std::min(columns, member.own - at), places.shared_blocks() + at / columns);
      }
      std::memset(key_sums + shared, 0, static_cast<size_t>(own) * sizeof(float));
      std::memset(value_sums + shared, 0, static_cast<size_t>(own) * sizeof(float));
      const int64_t per_key = sharers(heads), end = member.to * per_key;
      for (int64_t row = member.from * per_key; row < end; row += queries_at_once) {
        batch.count = std::min(queries_at_once, end - row);
        gather(member, row, member.own > 0 ? family.length : 0);
        descend(places, member.own > 0 ? family.length : 0, row);
        scatter(member, row);
      }
      write_keys(member.start, member.own, key_sums + shared, value_sums + shared);
    }
    if (family.part_count() == 1) {
      // Rows that nobody of the family asked for have no gradient.
      write_keys(family.start, needed, key_sums, value_sums);
    } else {
      float *to = partial + partial_offset;
      std::memset(to, 0, static_cast<size_t>(2 * family.length * pitch) * sizeof(float));
      std::memcpy(to, key_sums, static_cast<size_t>(needed * pitch) * sizeof(float));
      std::memcpy(to + family.length * pitch, value_sums, static_cast<size_t>(needed * pitch) * sizeof(float));
    }
  }

  /// Adds up what the parts of a family left, and writes it.
  CT_SIMD void add_parts(const Family &family, int64_t of_group, int64_t partial_offset) {
    group = of_group;
    const int64_t size = 2 * family.length * pitch;
    float *sum = partial + partial_offset;
    for (int64_t part = 1; part < family.part_count(); ++part) {
      for (int64_t at = 0; at < size; at += lanes) {
        store(sum + at, _mm512_add_ps(load(sum + at), load(sum + part * size + at)));
      }
    }
    write_keys(family.start, family.length, sum, sum + family.length * pitch);
  }

  /// Elements of a family's sums, of one part and one group.
  static int64_t partial_size(const Family &family, const CTHeads &heads) {
    return family.part_count() > 1 ? 2 * family.length * panels(heads.size) * columns : 0;
  }

 private:
  const Plan &plan;
  const CTHeads heads;
  const int64_t window, width, pitch;
  const float scale;
  const Element *qkv, *out, *gradient;
  const float *sums;
  Element *result;
  float *partial;
  Word *keys = nullptr, *key_panels = nullptr, *values = nullptr;
  float *key_sums = nullptr, *value_sums = nullptr;
  Batch<Element> batch{};
  int64_t group = 0;

  int64_t turned_words() const { return heads.size / per_word<Element> * columns; }
  int64_t block_steps() const { return columns / per_word<Element>; }
  int64_t key_pitch() const { return plan.blocks * block_steps() * columns; }
  int64_t query_pitch() const { return queries_at_once / per_word<Element> * columns; }

  void lay_out(Arena &arena) {
    const int64_t places = plan.blocks * columns, count = panels(heads.size);
    keys = arena.take<Word>(plan.blocks * turned_words());
    values = arena.take<Word>(plan.blocks * turned_words());
    key_panels = arena.take<Word>(count * key_pitch());
    key_sums = arena.take<float>(places * pitch);
    value_sums = arena.take<float>(places * pitch);
    batch.queries = arena.take<Element>(queries_at_once * heads.size);
    batch.gradients = arena.take<Element>(queries_at_once * heads.size);
    batch.query_panels = arena.take<Word>(count * query_pitch());
    batch.gradient_panels = arena.take<Word>(count * query_pitch());
    batch.shift = arena.take<float>(queries_at_once);
    batch.share = arena.take<float>(queries_at_once);
    batch.summed = arena.take<float>(queries_at_once * pitch);
    batch.weights_turned = arena.take<Element>(queries_at_once * columns);
    batch.scores_turned = arena.take<Element>(queries_at_once * columns);
    batch.scores_straight = arena.take<Element>(queries_at_once * columns);
    batch.products = arena.take<float>(tile_rows * columns);
    batch.value_products = arena.take<float>(tile_rows * columns);
  }

  CT_SIMD void pack(int64_t row, int64_t count, int64_t block) {
    const Element *at = qkv + row * width + group * heads.size;
    pack_turned(at + key_offset(heads), width, count, heads.size, keys + block * turned_words());
    pack_turned(at + value_offset(heads), width, count, heads.size, values + block * turned_words());
    pack_straight(at + key_offset(heads), width, count, heads.size, key_panels + block * block_steps() * columns,
                  block_steps(), key_pitch());
  }

  /// Where a place of the member's rows times heads lies, in queries per head.
  int64_t head_row(const Member &member, int64_t place) const {
    const int64_t per_key = sharers(heads);
    return (member.start + place / per_key) * heads.queries + group * per_key + place % per_key;
  }
  int64_t query_at(int64_t head_row) const {
    return head_row / heads.queries * width + head_row % heads.queries * heads.size;
  }

  CT_SIMD void gather(const Member &member, int64_t row, int64_t offset) {
    batch.rounded = round_up(batch.count, tile_rows);
    const auto bytes = static_cast<size_t>(heads.size) * sizeof(Element);
    for (int64_t i = 0; i < batch.rounded; ++i) {
      Element *query = batch.queries + i * heads.size, *asked = batch.gradients + i * heads.size;
      batch.position[i] = offset + (row + std::min(i, batch.count - 1)) / sharers(heads);
      if (i >= batch.count) {
        std::memset(query, 0, bytes);
        std::memset(asked, 0, bytes);
        batch.shift[i] = batch.share[i] = 0;
        continue;
      }
      const int64_t head = head_row(member, row + i);
      const Element *from = gradient + head * heads.size, *made = out + head * heads.size;
      copy_head(qkv + query_at(head), heads.size, query);
      copy_head(from, heads.size, asked);
      __m512 sum = _mm512_setzero_ps();
      for (int64_t at = 0; at < heads.size; at += lanes) {
        const __mmask16 mask = first_lanes(heads.size - at);
        sum = _mm512_fmadd_ps(load(from + at, mask), load(made + at, mask), sum);
      }
      batch.share[i] = _mm512_reduce_add_ps(sum);
      batch.shift[i] = sums[head];
    }
    const int64_t steps = batch.rounded / per_word<Element>;
    pack_straight(batch.queries, heads.size, batch.rounded, heads.size, batch.query_panels, steps, query_pitch());
    pack_straight(batch.gradients, heads.size, batch.rounded, heads.size, batch.gradient_panels, steps, query_pitch());
    std::memset(batch.summed, 0, static_cast<size_t>(batch.rounded * pitch) * sizeof(float));
  }

  CT_SIMD void scatter(const Member &member, int64_t row) {
    for (int64_t i = 0; i < batch.count; ++i) {
      write(result + query_at(head_row(member, row + i)), batch.summed + i * pitch, scale);
    }
  }

  CT_SIMD void write_keys(int64_t row, int64_t count, const float *of_keys, const float *of_values) {
    for (int64_t i = 0; i < count; ++i) {
      Element *to = result + (row + i) * width + group * heads.size;
      write(to + key_offset(heads), of_keys + i * pitch, scale);
      write(to + value_offset(heads), of_values + i * pitch, 1);
    }
  }

  CT_SIMD void write(Element *to, const float *from, float factor) {
    for (int64_t at = 0; at < heads.size; at += lanes) {
      store(to + at, first_lanes(heads.size - at), _mm512_mul_ps(load(from + at), _mm512_set1_ps(factor)));
    }
  }

  /// All keys that the queries at hand see.
  CT_SIMD void descend(const Places &places, int64_t offset, int64_t row) {
    const int64_t tiles = batch.rounded / tile_rows, lowest = batch.position[0];
    const int64_t last = places.block_of(batch.position[batch.rounded - 1]);
    int64_t block = window > 0 ? places.block_of(std::max<int64_t>(lowest - window + 1, 0)) : 0;
    for (; block <= last; ++block) {
      const int64_t first = places.first(block), count = places.count(block);
      int64_t begin = 0, end = tiles;
      while (begin < end && batch.position[begin * tile_rows + tile_rows - 1] < first) ++begin;
      while (window > 0 && end > begin && first + count - 1 <= batch.position[(end - 1) * tile_rows] - window) --end;
      for (int64_t tile = begin; tile < end; ++tile) ask(block, first, count, tile);
      add_keys(block, count, begin * tile_rows, end * tile_rows, (first - offset) * sharers(heads) - row);
    }
  }

  /// Six queries and a block of keys: P and S°, and what the queries get of it.
  CT_SIMD void ask(int64_t block, int64_t first, int64_t count, int64_t tile) {
    const int64_t at = tile * tile_rows, words = heads.size / per_word<Element>;
    const int64_t lowest = batch.position[at], highest = batch.position[at + tile_rows - 1];
    const int64_t reach = std::min(count, highest - first + 1), wide = (reach + lanes - 1) / lanes;
    const bool is_open = reach == columns && first + columns - 1 <= lowest && (window == 0 || first > highest - window);
    product<Element, tile_rows, false, false>(wide, reinterpret_cast<const Word *>(batch.queries + at * heads.size),
                                              words, keys + block * turned_words(), words, batch.products, columns);
    product<Element, tile_rows, false, false>(wide, reinterpret_cast<const Word *>(batch.gradients + at * heads.size),
                                              words, values + block * turned_words(), words, batch.value_products,
                                              columns);
    for (int64_t row = 0; row < tile_rows; row += 2) {
      for (int64_t lane = 0; lane < 4; ++lane) {
        __m512 weight[2], score[2];
        for (int64_t side = 0; side < 2; ++side) {
          const int64_t i = at + row + side, from = (row + side) * columns + lane * lanes;
          const int64_t key = lane * lanes;
          __mmask16 mask = is_open ? 0xffff : 0;
          if (!is_open && lane < wide) mask = seen(first + key, count - key, batch.position[i], window);
          const __m512 power = _mm512_fmsub_ps(_mm512_maskz_load_ps(mask, batch.products + from),
                                               _mm512_set1_ps(scale * static_cast<float>(M_LOG2E)),
                                               _mm512_set1_ps(batch.shift[i]));
          weight[side] = _mm512_maskz_mov_ps(mask, power_of_two(power));
          score[side] = _mm512_maskz_mul_ps(mask, weight[side],
                                            _mm512_sub_ps(_mm512_maskz_load_ps(mask, batch.value_products + from),
                                                          _mm512_set1_ps(batch.share[i])));
          store(batch.scores_straight + i * columns + lane * lanes, score[side]);
        }
        const int64_t to = (at + row) * columns + lane * lanes * per_word<Element>;
        put_turned(batch.weights_turned + to, weight[0], weight[1]);
        put_turned(batch.scores_turned + to, score[0], score[1]);
      }
    }
    for (int64_t panel = 0; panel < panels(heads.size); ++panel) {
      product<Element, tile_rows, true, false>(
          panel_lanes(heads.size, panel), reinterpret_cast<const Word *>(batch.scores_straight + at * columns),
          block_steps(), key_panels + panel * key_pitch() + block * block_steps() * columns,
          round_up(reach, per_word<Element>) / per_word<Element>, batch.summed + at * pitch + panel * columns, pitch);
    }
  }

  /// What the keys of a block get of queries begin..<end; key j is seen from query first_seen + j·R on.
  CT_SIMD void add_keys(int64_t block, int64_t count, int64_t begin, int64_t end, int64_t first_seen) {
    const auto *weights = reinterpret_cast<const Word *>(batch.weights_turned);
    const auto *scores = reinterpret_cast<const Word *>(batch.scores_turned);
    for (int64_t key = 0; key < count; key += tile_rows) {
      const int64_t from = std::max(begin, first_seen + key * sharers(heads)) / per_word<Element>;
      const int64_t steps = end / per_word<Element> - from, at = (block * columns + key) * pitch;
      if (steps <= 0) break;
      for (int64_t panel = 0; panel < panels(heads.size); ++panel) {
        const int64_t wide = panel_lanes(heads.size, panel), right = panel * query_pitch() + from * columns;
        float *to_values = value_sums + at + panel * columns, *to_keys = key_sums + at + panel * columns;
        if (key + tile_rows <= columns) {
          product<Element, tile_rows, true, true>(wide, weights + from * columns + key, columns,
                                                  batch.gradient_panels + right, steps, to_values, pitch);
          product<Element, tile_rows, true, true>(wide, scores + from * columns + key, columns,
                                                  batch.query_panels + right, steps, to_keys, pitch);
        } else {
          constexpr int rest = columns % tile_rows;
          product<Element, rest, true, true>(wide, weights + from * columns + key, columns,
                                             batch.gradient_panels + right, steps, to_values, pitch);
          product<Element, rest, true, true>(wide, scores + from * columns + key, columns,
                                             batch.query_panels + right, steps, to_keys, pitch);
        }
      }
    }
  }
};

template <typename Element>
void backward(const at::Tensor &qkv, const Plan &plan, const CTHeads &heads, int64_t window, const at::Tensor &out,
              const at::Tensor &sums, const at::Tensor &gradient, at::Tensor &result) {
  // Sums of families that are done in parts, [group][part] of each.
  std::vector<int64_t> offsets;
  std::vector<std::pair<size_t, int64_t>> divided;
  int64_t all = 0;
  for (size_t family = 0; family < plan.families.size(); ++family) {
    offsets.push_back(all);
    const int64_t size = Backward<Element>::partial_size(plan.families[family], heads);
    all += size * plan.families[family].part_count() * heads.groups;
    for (int64_t group = 0; size > 0 && group < heads.groups; ++group) divided.emplace_back(family, group);
  }
  const auto offset = [&](size_t family, int64_t group, int64_t part) {
    return offsets[family] + Backward<Element>::partial_size(plan.families[family], heads) *
                                 (group * plan.families[family].part_count() + part);
  };
  auto partial = at::empty({all}, at::kFloat);
  Backward<Element> shape(qkv, plan, heads, window, out, sums, gradient, result, partial.mutable_data_ptr<float>());
  const int threads = static_cast<int>(std::min<size_t>(plan.tasks.size(), static_cast<size_t>(thread_count())));
  const int64_t bytes = round_up(shape.scratch(), 4096);
  auto memory = at::empty({threads * bytes}, at::kByte);
  auto *start = static_cast<std::byte *>(memory.mutable_data_ptr());
  std::atomic<size_t> next{0};
  on_threads(threads, [&](int thread, int) {
    Backward<Element> worker(shape);
    for (size_t i; (i = next.fetch_add(1)) < plan.tasks.size();) {
      const auto &task = plan.tasks[i];
      worker.run(task, start + thread * bytes, offset(task.family, task.group, task.part));
    }
  });
  shared(static_cast<int64_t>(divided.size()), 1, [&](int64_t begin, int64_t end) {
    Backward<Element> worker(shape);
    for (int64_t i = begin; i < end; ++i) {
      const auto &[family, group] = divided[static_cast<size_t>(i)];
      worker.add_parts(plan.families[family], group, offset(family, group, 0));
    }
  });
}

}  // namespace

void attend_backward(const at::Tensor &qkv, const Plan &plan, const CTHeads &heads, int64_t window,
                     const at::Tensor &out, const at::Tensor &sums, const at::Tensor &gradient, at::Tensor &result) {
  if (plan.tasks.empty()) return;
  if (qkv.scalar_type() == at::kFloat) return backward<float>(qkv, plan, heads, window, out, sums, gradient, result);
  return backward<at::BFloat16>(qkv, plan, heads, window, out, sums, gradient, result);
}

}  // namespace ct::attention

#endif
