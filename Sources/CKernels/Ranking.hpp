// The tokens of one row of logits from the likeliest to the least, without sorting them: what the
// filters of a sampler need, which keep the head of that order.
#pragma once
#include <cstdint>
#include <vector>

#include "Simd.hpp"

namespace ct {

/// One row's order, by log-probability and then by id.
///
/// Tokens are counted into bins by how many nats they are below the likeliest; a place in the order is
/// found by walking the bins, and inside one bin by halving.
class Ranking {
 public:
  /// A head of the order: its length, its mass, and its last token with that token's mass.
  struct Head {
    int64_t count;
    double mass;
    int64_t token;
    double weight;
    /// The magnitude of its log-probability, as bits.
    uint32_t magnitude;
  };

  /// Makes room, so that nothing is allocated afterwards.
  void reserve(int64_t vocabulary);
  /// Takes a row: log-probabilities are (logit · scale - top) - log_sum. Notes how many tokens are at
  /// least `share` times as likely as the likeliest.
  void read(const float *logits, int64_t count, float scale, float top, float log_sum, double share);

  /// The mass of all tokens.
  double mass() const { return mass_; }
  /// How many tokens reach the share, and their mass.
  int64_t share_count() const { return share_count_; }
  double share_mass() const { return share_mass_; }
  /// The shortest head of `count` tokens or of more than `mass`; the whole order if there is none.
  Head head(int64_t count, double mass);
  /// Sets the bit of every token of the head that ends with `last`, and no other, in ⌈V/32⌉ words.
  void mark(const Head &last, uint32_t *bits) const;

 private:
  /// The last bin takes everything from 128 nats on.
  static constexpr int most_bins = 2048, fewest_bins = 64;
  struct Bin {
    double mass;
    int64_t count;
  };
  struct Candidate {
    /// The magnitude of the log-probability, whose bits grow as it does, and the id.
    uint64_t place;
    double weight;
  };

  struct Reader;
  Reader reader() const;
  void gather(int bin);

  const float *logits_ = nullptr;
  int64_t count_ = 0, share_count_ = 0;
  float scale_ = 1, top_ = 0, log_sum_ = 0;
  double mass_ = 0, share_mass_ = 0;
  int bin_count_ = most_bins;
  Bin bins_[most_bins];
  std::vector<Candidate> candidates_;
  int64_t found_ = 0;
};

}  // namespace ct
