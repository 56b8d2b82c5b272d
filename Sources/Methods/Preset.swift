// The list: every method, estimator and surrogate by its name. A new method is a page and a line
// here.

/// The methods this house knows, one page each.
public enum Preset: String, NamedChoice {
  /// Proximal policy optimization; see ``PPO``.
  case ppo
  /// PPO with value pretraining and two λ; see ``VCPPO``.
  case vcPPO = "vc-ppo"
  /// Group-relative policy optimization; see ``GRPO``.
  case grpo
  /// GRPO without its two biases; see ``DrGRPO``.
  case drGRPO = "dr-grpo"
  /// Decoupled clip and dynamic sampling; see ``DAPO``.
  case dapo
  /// DeepSeek-R1-Zero's GRPO; see ``R1Zero``.
  case r1Zero = "r1-zero"
  /// Value-based augmented PPO; see ``VAPO``.
  case vapo
  /// GRPO with one ratio a response; see ``GSPO``.
  case gspo
  /// REINFORCE with a clipped weight; see ``CISPO``.
  case cispo
  /// The plain policy gradient; see ``GPG``.
  case gpg
  /// Each response against the others; see ``RLOO``.
  case rloo
  /// Returns whitened over the batch; see ``ReinforcePlusPlus``.
  case reinforcePlusPlus = "reinforce++"
  /// The same less the group's mean; see ``ReinforcePlusPlusBaseline``.
  case reinforcePlusPlusBaseline = "reinforce++-baseline"

  /// Makes a bundle this method's, whatever it was before.
  public func apply(to bundle: inout MethodSettings) {
    switch self {
    case .ppo: PPO.apply(to: &bundle)
    case .vcPPO: VCPPO.apply(to: &bundle)
    case .grpo: GRPO.apply(to: &bundle)
    case .drGRPO: DrGRPO.apply(to: &bundle)
    case .dapo: DAPO.apply(to: &bundle)
    case .r1Zero: R1Zero.apply(to: &bundle)
    case .vapo: VAPO.apply(to: &bundle)
    case .gspo: GSPO.apply(to: &bundle)
    case .cispo: CISPO.apply(to: &bundle)
    case .gpg: GPG.apply(to: &bundle)
    case .rloo: RLOO.apply(to: &bundle)
    case .reinforcePlusPlus: ReinforcePlusPlus.apply(to: &bundle)
    case .reinforcePlusPlusBaseline: ReinforcePlusPlusBaseline.apply(to: &bundle)
    }
    bundle.algorithm.preset = self
  }
}

/// How the reward of a response becomes the advantage of its tokens (`adv_estimator`); the names are
/// verl's.
public enum AdvantageEstimator: String, NamedChoice {
  /// Generalized advantages against a critic. The only one that has a critic.
  case gae
  /// Against the group's mean; see ``AlgorithmSettings/dividesByDeviation``.
  case grpo
  /// Against the mean of the group's others.
  case rloo
  /// The reward to go, whitened over the batch.
  case reinforcePlusPlus = "reinforce_plus_plus"
  /// Against the group's mean, whitened over the batch.
  case reinforcePlusPlusBaseline = "reinforce_plus_plus_baseline"
  /// Against the group's mean, scaled up for groups that say nothing.
  case gpg

  /// What it does.
  public var rule: CreditRule {
    switch self {
    case .gae: .generalized
    case .grpo: GRPO.credit
    case .rloo: RLOO.credit
    case .reinforcePlusPlus: ReinforcePlusPlus.credit
    case .reinforcePlusPlusBaseline: ReinforcePlusPlusBaseline.credit
    case .gpg: GPG.credit
    }
  }
}

/// What the policy's surrogate is (`policy_loss.loss_mode`); the names are verl's.
public enum PolicyLossMode: String, NamedChoice {
  /// PPO's clipped surrogate.
  case vanilla
  /// The clipped surrogate of sequence ratios.
  case gspo
  /// REINFORCE with a clipped weight.
  case cispo
  /// The policy gradient itself.
  case gpg

  /// What it does.
  public var loss: PolicyLoss {
    switch self {
    case .vanilla: .clipped
    case .gspo: GSPO.loss
    case .cispo: CISPO.loss
    case .gpg: GPG.loss
    }
  }
}
