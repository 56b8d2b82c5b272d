// AdapterSettings: a low-rank adapter for the actor or the critic, under verl's names.

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

  /// Why these settings cannot be used, each beginning with its key.
  package var adapterComplaints: [String] {
    var complaints: [String] = []
    if loraRank < 0 { complaints.append("lora_rank: must be 0 or more, is \(loraRank)") }
    if !(loraAlpha > 0 && loraAlpha.isFinite) {
      complaints.append("lora_alpha: must be above 0, is \(loraAlpha)")
    }
    if targetModules.isEmpty || targetModules.contains("") {
      complaints.append("target_modules: names layers, or is [all-linear]")
    }
    if targetModules.count > 1 && targetModules.contains("all-linear") {
      complaints.append("target_modules: all-linear stands alone")
    }
    return complaints
  }
}
