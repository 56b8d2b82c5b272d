// SHA-256 (FIPS 180-4), by the processor's own instructions where it has them.

#ifndef CHASH_H
#define CHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A hash in the making; its memory is its own.
typedef struct ch_sha256 {
  uint32_t state[8];
  /// Bytes that wait for a block to be full.
  uint8_t rest[64];
  /// How many bytes there were in all.
  uint64_t length;
  /// Whether the processor's instructions are used.
  bool accelerated;
} ch_sha256;

/// Whether this processor has instructions for SHA-256.
bool ch_sha256_can_accelerate(void);

/// Begins a hash. `accelerated` asks for the processor's instructions, and is ignored without them.
void ch_sha256_begin(ch_sha256 *hash, bool accelerated);

/// Takes some bytes.
void ch_sha256_add(ch_sha256 *hash, const void *bytes, size_t count);

/// Writes the 32 bytes of the digest. The hash is spent then.
void ch_sha256_end(ch_sha256 *hash, uint8_t digest[32]);

#endif
