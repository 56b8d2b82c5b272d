// Attention over packed rows: what its parts share. A call is checked and sorted once (Plan), and
// then either the kernels run, or libtorch's operators on a padded copy (the reference).
#pragma once
#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "ckernels_attention.h"
#include "Simd.hpp"

namespace ct {

using Segments = std::vector<CTSegment>;

/// Query heads that read the same keys.
inline int64_t sharers(const CTHeads &heads) { return heads.queries / heads.groups; }
/// Elements of a row of qkv, and where in it keys and values start.
inline int64_t row_width(const CTHeads &heads) { return (heads.queries + 2 * heads.groups) * heads.size; }
inline int64_t key_offset(const CTHeads &heads) { return heads.queries * heads.size; }
inline int64_t value_offset(const CTHeads &heads) { return (heads.queries + heads.groups) * heads.size; }

/// Refuses heads that do not divide into groups, and rows that are not of their width.
void check_heads(const at::Tensor &qkv, const CTHeads &heads);
/// Refuses segments that leave the rows, and rows that belong to two.
void check_segments(const Segments &segments, int64_t rows);
/// Each row's position in its text; -1 for a row of no segment.
std::vector<int64_t> positions_of(const Segments &segments, int64_t rows);
/// Refuses tables that do not turn such heads, or end before a position.
void check_tables(const at::Tensor &cosine, const at::Tensor &sine, const std::vector<int64_t> &positions,
                  const CTHeads &heads);

/// The decoding kernel; the tensors are checked, contiguous and of one type.
at::Tensor attend_next(const at::Tensor &qkv, at::Tensor &keys, at::Tensor &values,
                       const std::vector<int64_t> &lengths, const at::Tensor &cosine, const at::Tensor &sine,
                       const CTHeads &heads, int64_t window);

at::Tensor rotate_reference(const at::Tensor &qkv, const at::Tensor &cosine, const at::Tensor &sine,
                            const std::vector<int64_t> &positions, const CTHeads &heads);
at::Tensor attend_reference(const at::Tensor &qkv, const Segments &segments, const CTHeads &heads, int64_t window);
at::Tensor attend_next_reference(const at::Tensor &qkv, at::Tensor &keys, at::Tensor &values,
                                 const std::vector<int64_t> &lengths, const at::Tensor &cosine,
                                 const at::Tensor &sine, const CTHeads &heads, int64_t window);

}  // namespace ct
