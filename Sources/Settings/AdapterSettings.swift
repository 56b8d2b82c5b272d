// AdapterSettings: a low-rank adapter for the actor or the critic, under verl's names.

import Records
package import Transformers

/// The keys of a section whose model may learn an adapter instead of all its weights.
package protocol AdapterSettings {
  /// The width of the adapter; 0 trains all weights.
  var loraRank: Int { get }
  /// The adapter's output is scaled by this over the rank.
  var loraAlpha: Double { get }
  /// Which linear layers get one: names, or `all-linear`.
  var targetModules: [String] { get }
}

extension AdapterSettings {
  /// What a fresh adapter is made by.
  ///
  /// - Parameter base: the folder of the model it is for, as the adapter's file will state it.
  /// - Returns: the adapter's settings.
  package func adapter(of base: String) -> LoRAConfiguration {
    LoRAConfiguration(
      rank: loraRank, alpha: loraAlpha,
      targets: targetModules == ["all-linear"] ? .allLinear : .names(targetModules), base: base)
  }

  /// What is wrong with the adapter's settings.
  var adapterProblems: [SettingsProblem] {
    var rules = Rules()
    rules.atLeast(0, ["lora_rank": loraRank])
    rules.require(
      loraAlpha > 0 && loraAlpha.isFinite, "lora_alpha", "must be above 0, is \(loraAlpha)")
    rules.require(
      !targetModules.isEmpty && !targetModules.contains(""), "target_modules",
      "names layers, or is [all-linear]")
    rules.require(
      targetModules.count < 2 || !targetModules.contains("all-linear"), "target_modules",
      "all-linear stands alone")
    return rules.problems
  }
}
