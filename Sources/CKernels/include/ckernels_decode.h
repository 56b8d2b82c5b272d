// What decoding needs besides the model: tokens drawn from logits, and rows of key-value caches moved
// about.
#pragma once
#include "ctorch.h"
#include "ckernels_attention.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How a distribution is bent before a token is drawn from it. Temperature 0 takes the likeliest
/// token; a top_k of 0 or less, a top_p of 1 and a min_p of 0 leave nothing out.
typedef struct CTBend {
  double temperature;
  int64_t top_k;
  double top_p, min_p;
} CTBend;

/// Draws `count` tokens: number i from the logits of row rows[i] ([R, V]; NULL is row i), by the
/// inverse of the cumulative distribution at uniforms[i]. `log_probs` are of the bent distribution.
/// The filters act in the order top_k, top_p, min_p; of equally likely tokens the lower id comes
/// first. Without filters the distribution is summed in the order of ids, with them from the
/// likeliest token on. Logits that are not numbers give token 0 and NaN.
///
/// Where `words` is not NULL it gets the masks of what could have been drawn, one after the other as
/// CTMasks has them, [N] int64, and lengths[i] the words of draw i.
CTStatus ct_draw(const CTTensor *logits, CTBend bend, const int64_t *rows, const double *uniforms,
                 int64_t count, int64_t *tokens, float *log_probs, int64_t *lengths, CTTensor **words);

/// The first `length` positions of a row that go from one cache to another.
typedef struct CTMove {
  int64_t from, to, length;
} CTMove;

/// Copies rows of `count` caches [B, G, capacity, K] into rows of as many others, or of the same
/// where no row is both read and written. Capacities may differ.
CTStatus ct_cache_move(CTTensor *const *to, CTTensor *const *from, int64_t count, const CTMove *moves,
                       int64_t move_count);
/// Puts the keys and values of rotated rows, [N, (H + 2G)K], into caches: segment i into row i, from
/// its own position on.
CTStatus ct_cache_fill(CTTensor *keys, CTTensor *values, const CTTensor *qkv, const CTSegment *segments,
                       int64_t count, CTHeads heads);

#ifdef __cplusplus
}
#endif
