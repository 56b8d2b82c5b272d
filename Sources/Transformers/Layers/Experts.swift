// A mixture of experts in place of one MLP: a router gives every expert a share, softmax(W x), a token
// goes through the few with the largest, and what they give is added up by their shares.
// Source: Outrageously Large Neural Networks, arXiv:1701.06538, section 2.1, the softmax taken before
// the choice as in Switch Transformers, arXiv:2101.03961, equation 1.

import Torch

/// What a layer does with every token by itself: one MLP, or several of which each token takes some.
enum FeedForward {
  case one(GatedMLP)
  case experts(Experts)

  /// `[N, D]` to `[N, D]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .one(let mlp): mlp(x)
    case .experts(let experts): experts(x)
    }
  }

  /// Every product in it.
  var linears: [Linear] {
    switch self {
    case .one(let mlp): [mlp.gateAndUp, mlp.down]
    case .experts(let experts):
      [experts.router] + experts.mlps.flatMap { [$0.gateAndUp, $0.down] }
    }
  }
}

/// The experts of one layer and their router.
struct Experts {
  let router: Linear
  let mlps: [GatedMLP]
  private let shape: ExpertShape
  private let usage: ExpertUsage

  init(
    _ path: String, _ source: WeightSource, _ family: ModelFamily, _ shape: ExpertShape,
    _ usage: ExpertUsage
  ) {
    self.shape = shape
    self.usage = usage
    // Which experts a token goes through is decided with the weights as they are.
    router = Linear(["\(path).gate"], source.exact)
    mlps = (0..<shape.count).map { GatedMLP("\(path).experts.\($0)", source, family) }
  }

  /// `[N, D]` to `[N, D]`.
  ///
  /// The rows of one expert lie together and are one product, so that a token's numbers do not depend
  /// on which others there are. The choice is read by the host, once a layer.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let (rows, width) = x.shape2
    let shares = router(x).to(.float32).softmax(along: -1)  // [N, E]
    let top = shares.largest(shape.perToken, along: -1)  // [N, k]
    let kept =
      shape.normalizesShares ? top.values / top.values.sum(along: -1, keeping: true) : top.values
    // In a pass for gradients an expert without rows takes part with none of them: its gradient is
    // zero, not missing, so that its moments decay as those of others do.
    let order = ExpertOrder(
      chosen: top.indices.ints, perToken: shape.perToken, shape.count,
      namingIdle: x.requiresGradient)
    usage.note(shares, order.counts)
    let gathered = x.selecting(Tensor(order.rows, device: x.device), along: 0)  // [N·k, D]
    let parts = order.spans.map { expert, span in mlps[expert](gathered.narrowed(0, span)) }
    let places = Tensor(order.places, device: x.device)
    let given = Tensor.concatenated(parts, along: 0).selecting(places, along: 0)
      .reshaped([rows, shape.perToken, width])
    return (given * kept.to(x.type).unsqueezed(-1)).sum(along: 1)
  }
}

/// Rows in the order of the experts they go through.
struct ExpertOrder {
  /// The row of each pair of row and expert, expert after expert, an expert's rows from the first on.
  let rows: [Int]
  /// Where the pair of a row and its choice, `row · k + choice`, lies in that order.
  let places: [Int]
  /// Of each expert that is chosen, or of all, where its rows lie in that order.
  let spans: [(expert: Int, span: Range<Int>)]

  /// How many rows each expert has.
  let counts: [Int]

  /// Orders the choices of rows.
  ///
  /// - Parameters:
  ///   - chosen: the experts, each from 0 to `count`, row after row.
  ///   - perToken: how many choices a row has, k.
  ///   - count: the number of experts.
  ///   - namingIdle: whether experts that no row chose have their empty spans.
  init(chosen: [Int], perToken: Int, _ count: Int, namingIdle: Bool) {
    var starts = [Int](repeating: 0, count: count + 1)
    for expert in chosen { starts[expert + 1] += 1 }
    counts = Array(starts.dropFirst())
    for expert in 0..<count { starts[expert + 1] += starts[expert] }
    spans = (0..<count).filter { namingIdle || starts[$0 + 1] > starts[$0] }.map {
      ($0, starts[$0]..<starts[$0 + 1])
    }
    var next = starts
    var rows = [Int](repeating: 0, count: chosen.count)
    var places = rows
    for (pair, expert) in chosen.enumerated() {
      rows[next[expert]] = pair / perToken
      places[pair] = next[expert]
      next[expert] += 1
    }
    self.rows = rows
    self.places = places
  }
}

/// How evenly the experts of a model are used, gathered over the layers of one pass when asked for.
///
/// Source: Switch Transformers, arXiv:2101.03961, equations 4 to 6, over all layers together as
/// transformers computes it.
final class ExpertUsage {
  private var isGathering = false
  private var rows = 0
  private var counts: [Double] = []
  private var shares: [Tensor] = []

  /// Notes one layer: the routers' shares `[N, E]`, and how many rows went to each expert.
  fileprivate func note(_ shares: Tensor, _ counts: [Int]) {
    guard isGathering else { return }
    rows += shares.size(0)
    self.shares.append(shares.sum(along: 0))
    self.counts =
      self.counts.isEmpty
      ? counts.map(Double.init)
      : zip(self.counts, counts).map {
        $0 + Double($1)
      }
  }

  /// Runs a pass and says how uneven it was: E · Σ (rows of e / rows) · (mean share of e), which is k
  /// where all experts are used alike, and more where they are not.
  ///
  /// - Returns: `[]` float32, with the gradient of the shares; nil where no layer has experts.
  func gathering<Result>(_ pass: () -> Result) -> (Result, balance: Tensor?) {
    isGathering = true
    defer { (isGathering, rows, counts, shares) = (false, 0, [], []) }
    let result = pass()
    guard let first = shares.first else { return (result, nil) }
    let sum = shares.dropFirst().reduce(first) { $0 + $1 }
    let weights = counts.map { Float($0 * Double(counts.count) / Double(rows) / Double(rows)) }
    return (result, (sum * Tensor(weights, device: sum.device)).sum())
  }
}
