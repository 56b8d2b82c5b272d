// From hidden states to the log-probabilities of given tokens, without the logits of all of them.

internal import CKernels
internal import CTorch

/// Log-probabilities of given tokens, and the entropies of the distributions they are drawn from.
///
///     z = head(hidden) / temperature      logProb = z[target] - log Σ exp z
///     entropy = log Σ exp z - Σ softmax(z) · z
///
/// Logits, normalizers and entropies are float32. With gradients, one number a token of the
/// vocabulary is kept for every row, in the type of the computation, until `backward`, which can run
/// once; without, only a block of rows has logits at a time.
///
/// - Parameters:
///   - hidden: `[P, D]`, of the head's type of computation.
///   - head: the output layer, D to V.
///   - targets: `[P]` int64, the tokens.
///   - temperature: what logits are divided by; above zero.
///   - entropy: whether the entropies are wanted too.
///   - masks: which tokens each row's sums are over, its target among them; nil: the whole vocabulary.
/// - Returns: `[P]` float32 log-probabilities, and the entropies in nats, `[P]` float32.
public func tokenLogProbs(
  hidden: Tensor, head: FusedLinear, targets: Tensor, temperature: Double, entropy: Bool,
  masks: RowMasks? = nil
) -> (logProbs: Tensor, entropies: Tensor?) {
  precondition(
    masks?.count ?? targets.count == targets.count,
    "\(masks?.count ?? 0) masks, \(targets.count) rows")
  var (chosen, entropies): (OpaquePointer?, OpaquePointer?)
  func score(_ masks: UnsafePointer<CTMasks>?) {
    if entropy {
      must(
        ct_token_log_probs(
          hidden.handle, head.handle, targets.handle, temperature, masks, &chosen, &entropies))
    } else {
      must(
        ct_token_log_probs(
          hidden.handle, head.handle, targets.handle, temperature, masks, &chosen, nil))
    }
  }
  withExtendedLifetime((hidden, head, targets)) {
    if let masks { masks.lent { score($0) } } else { score(nil) }
  }
  return (Tensor(owning: chosen), entropy ? Tensor(owning: entropies) : nil)
}
