// Attention over rows that are packed without padding, and of decoding.
#pragma once
#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Rows start..<start + length, one text. Row i stands at position prefix_length + i, and sees all
/// rows of its prefix, a segment without one of its own that others may share, and its own up to i.
typedef struct CTSegment {
  int64_t start, length, prefix_start, prefix_length;
} CTSegment;

/// Query heads, key-value heads, and the size of each. A row of qkv is [H·K | G·K | G·K].
typedef struct CTHeads {
  int64_t queries, groups, size;
} CTHeads;

/// Whether attention over numbers of this kind and place never reads memory beyond a row's end. Our
/// kernel does not; libtorch's operators do, and give what they find no weight.
bool ct_attends_inside(const CTTensor *like, CTHeads heads);
/// Turns queries and keys, [N, (H + 2G)K], by their positions; values stay. The tables are [P, K/2]
/// float32: places i and i + K/2 of a head turn together.
CTTensor *ct_rotate_rows(const CTTensor *qkv, const CTTensor *cosine, const CTTensor *sine,
                         const CTSegment *segments, int64_t count, CTHeads heads);
/// softmax(q · kᵀ / √K) · v of turned rows, to [N, H·K]. A key is seen from fewer than `window`
/// positions away; 0 sees all.
CTTensor *ct_attend_rows(const CTTensor *qkv, const CTSegment *segments, int64_t count, CTHeads heads, int64_t window);
/// One new token a row: turns it, appends it to its row of the caches [B, G, capacity, K], and
/// attends to the `lengths[b] + 1` tokens that are there then. Without gradients.
CTTensor *ct_attend_next(const CTTensor *qkv, CTTensor *keys, CTTensor *values, const int64_t *lengths,
                         const CTTensor *cosine, const CTTensor *sine, CTHeads heads, int64_t window);

#ifdef __cplusplus
}
#endif
