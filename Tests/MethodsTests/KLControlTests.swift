// The price of divergence, by hand.

import Methods
import Testing

@Suite("The adaptive coefficient of the divergence")
struct KLControlTests {
  private func adapted(_ divergence: Double, responses: Int = 100) -> Double {
    var control = KLControlSettings()
    (control.kind, control.target, control.horizon) = (.adaptive, 0.1, 1000)
    return control.coefficient(after: 0.5, divergence: divergence, responses: responses)
  }

  /// 0.11 is 10% above the target: 0.5 · (1 + 0.1 · 100 / 1000).
  @Test func `it rises where the divergence is above its target, and falls below`() {
    #expect(abs(adapted(0.11) - 0.505) < 1e-12)
    #expect(abs(adapted(0.09) - 0.495) < 1e-12)
    #expect(adapted(0.1) == 0.5)
  }

  /// No error counts for more than a fifth: 0.5 · (1 ± 0.2 · 200 / 1000).
  @Test func `errors are clipped at a fifth, and more responses move it further`() {
    #expect(abs(adapted(9, responses: 200) - 0.52) < 1e-12)
    #expect(abs(adapted(-9, responses: 200) - 0.48) < 1e-12)
  }

  @Test func `a fixed coefficient stays`() {
    #expect(KLControlSettings().coefficient(after: 0.5, divergence: 9, responses: 100) == 0.5)
  }
}
