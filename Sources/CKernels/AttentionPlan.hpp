// How the work of attention is cut. A family is a text and all texts that go on from it: they share
// its packed keys, and their gradients of those keys add up. A task is a part of a family's queries
// for one group of heads.
#pragma once
#include "Attention.hpp"

namespace ct::attention {

/// Queries of one text.
struct Member {
  /// The text's first row, and which of its rows ask.
  int64_t start, from, to;
  /// The text's own keys beyond the family's; none where the text is the family's first.
  int64_t own;
};

struct Family {
  /// The rows that are shared.
  int64_t start, length;
  std::vector<Member> members;
  /// Where each part's members start, and after the last one their end.
  std::vector<size_t> parts;
  int64_t part_count() const { return static_cast<int64_t>(parts.size()) - 1; }
};

struct Task {
  size_t family;
  int64_t group, part;
  double cost;
};

struct Plan {
  std::vector<Family> families;
  /// The most expensive first.
  std::vector<Task> tasks;
  /// Whether texts nest only as a family does; where not, no plan was made.
  bool is_sound = true;
  /// The most key places, in blocks of 64, that a task needs at once.
  int64_t blocks = 0;

  Plan(const Segments &segments, const CTHeads &heads, int64_t window, int threads);
};

/// Where the keys of a task lie: the family's in blocks of 64, then the member's own in further ones.
struct Places {
  int64_t shared, own;
  int64_t shared_blocks() const { return (shared + 63) / 64; }
  int64_t blocks() const { return shared_blocks() + (own + 63) / 64; }
  /// The position of a block's first key.
  int64_t first(int64_t block) const {
    return block < shared_blocks() ? block * 64 : shared + (block - shared_blocks()) * 64;
  }
  int64_t count(int64_t block) const {
    const int64_t end = block < shared_blocks() ? shared : shared + own;
    return std::min<int64_t>(64, end - first(block));
  }
  /// Where a block's values and weights start: those of full registers only, without gaps.
  int64_t place(int64_t block) const {
    return block < shared_blocks() ? block * 64 : (shared + 15) / 16 * 16 + (block - shared_blocks()) * 64;
  }
  /// The block of the key at a position.
  int64_t block_of(int64_t position) const {
    return position < shared ? position / 64 : shared_blocks() + (position - shared) / 64;
  }
};

/// Memory of one task, handed out in lines of 64 bytes.
class Arena {
 public:
  explicit Arena(std::byte *memory) : next(memory) {}
  template <typename Type>
  Type *take(int64_t count) {
    auto *taken = next;
    next += (count * static_cast<int64_t>(sizeof(Type)) + 63) / 64 * 64;
    return reinterpret_cast<Type *>(taken);
  }

 private:
  std::byte *next;
};

/// Fills `out`, [N, H·K], and `sums`, [N, H] float32: log₂ of the sums of the softmax's powers of two.
void attend_forward(const at::Tensor &qkv, const Plan &plan, const CTHeads &heads, int64_t window, at::Tensor &out,
                    at::Tensor &sums);
/// Fills `result`, the gradient of qkv.
void attend_backward(const at::Tensor &qkv, const Plan &plan, const CTHeads &heads, int64_t window,
                     const at::Tensor &out, const at::Tensor &sums, const at::Tensor &gradient, at::Tensor &result);

}  // namespace ct::attention
