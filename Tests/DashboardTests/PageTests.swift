// The page in a real browser: every view, on runs in every state.

import Foundation
import JSON
import TestSupport
import Testing

/// Whether the charts' library was fetched; says so where it was not.
let chartsAreThere: Bool = {
  let file = Golden.root.appending(path: ".vapo/plotly/plotly.min.js")
  if FileManager.default.fileExists(atPath: file.path) { return true }
  print("the dashboard is not tested: ./vapo setup dashboard could not fetch plotly.js")
  return false
}()

/// The parent of the suites that start servers and browsers: one after the other.
@Suite(.serialized, .enabled(if: chartsAreThere, "plotly.js is missing"))
struct DashboardTests {}

extension DashboardTests {
  @Suite(.serialized, .enabled(if: Browser.isThere, "there is no browser"))
  @MainActor
  struct PageTests {
    @Test(
      "every view is drawn for runs that finished, run, crashed and never began; nothing is complained of"
    )
    func views() async throws {
      let fixtures = try RunFixtures()
      try await fixtures.train()
      let shown = try Shown(fixtures.root)
      let browser = try await Browser()
      try await browser.open(shown.address, view: "runs")
      try await browser.wait("four runs") {
        try await browser.number("return document.querySelectorAll('[data-run-id]').length") == 4
      }
      let states = try await browser.text(
        "return [...document.querySelectorAll('[data-run-id] [data-state]')].map(e => e.dataset.state).sort().join(' ')"
      )
      #expect(states == "empty finished running stopped")
      try await browser.picture("runs")
      let runs = try await shown.runs()
      for (path, id) in runs.sorted(by: { $0.key < $1.key }) {
        try await browser.open("\(shown.address)#/run/\(id)", view: "run")
        try await browser.picture("run-\(path)")
      }
      let alarms = try #require(runs["crashed"])
      try await browser.open("\(shown.address)#/run/\(alarms)", view: "run")
      let words = try await browser.text("return document.getElementById('alarms').innerText")
      #expect(
        words.contains("Accuracy has fallen") && words.contains("The critic is blind"), "\(words)")
      let trained = try #require(runs["trained"])
      let step = try await lastDump(shown, trained)
      for (view, place) in [
        ("compare", "compare?runs=\(trained),\(alarms)"), ("step", "run/\(trained)/step/\(step)"),
        ("response", "run/\(trained)/step/\(step)/response/0"), ("audit", "run/\(trained)/audit"),
      ] {
        try await browser.open("\(shown.address)#/\(place)", view: view)
        try await browser.picture(view)
      }
      #expect(try await browser.complaints() == [])
    }

    private func lastDump(_ shown: Shown, _ run: Int) async throws -> Int {
      guard case .object(let dumps)? = try await shown.json("/api/runs/\(run)")["dumps"],
        case .array(let steps)? = dumps["rollouts"], case .integer(let step)? = steps.last
      else { throw BrowserError(words: "no dumps") }
      return step
    }

    @Test("advantages and returns that the page computes are those that the run credited, to 1e-6")
    func credit() async throws {
      let fixtures = try RunFixtures()
      try await fixtures.train()
      let shown = try Shown(fixtures.root)
      let browser = try await Browser()
      let trained = try #require(try await shown.runs()["trained"])
      let step = try await lastDump(shown, trained)
      for place in 0..<4 {
        try await browser.open(
          "\(shown.address)#/run/\(trained)/step/\(step)/response/\(place)", view: "response")
        for id in ["gae-difference", "return-difference"] {
          let difference = try await browser.number(
            "return document.getElementById('\(id)').dataset.value.trim() === '' ? -1 : Number(document.getElementById('\(id)').dataset.value)"
          )
          #expect(difference >= 0 && difference < 1e-6, "response \(place), \(id): \(difference)")
        }
        // And by laws, of the page's formulas alone: with λ = 1 an advantage is the reward to go less the value.
        let law = try await browser.number(
          """
          return import('/gae.js').then(async gae => {
            const r = await (await fetch('/api/runs/\(trained)/response?step=\(step)&place=\(place)')).json();
            const V = r.columns.values, n = V.length, g = 0.9;
            const A = gae.advantages(r.rewards, V, g, 1, r.bootstrap);
            let worst = 0;
            for (let t = 0; t < n; t++) {
              let G = 0;
              for (let k = n - 1; k >= t; k--) G = r.rewards[k] + g * G;
              worst = Math.max(worst, Math.abs(A[t] - (G - V[t])));
            }
            return n > 3 ? worst : 1;
          })
          """)
        #expect(law < 1e-9)
      }
      // What the update did is shown in the words and numbers of the dump.
      let update = try await browser.text(
        """
        const list = document.getElementById('column');
        list.value = 'clips';
        list.dispatchEvent(new Event('change', {bubbles: true}));
        const said = (words) => [...document.querySelectorAll('dt')].find(e => e.textContent === words)
          .nextElementSibling.textContent;
        const legend = document.querySelector('.legend').textContent;
        return fetch('/api/runs/\(trained)/response?step=\(step)&place=3').then(r => r.json()).then(r =>
          [r.columns.ratios.length === r.token_ids.length && r.columns.clips.length === r.token_ids.length,
           said('ratio of the update, π_θ/π_old') === r.columns.ratios[0].toFixed(6), said('clipped by the update'),
           legend.replace(/^\\S*1/, '')].join('|'))
        """)
      #expect(
        update.hasPrefix("true|true|none|") && update.contains("no token was held by a bound"),
        "\(update)")
      // Another γ than the run's credits something else, and what is shown of the run's own stays.
      let before = try await browser.text(Self.recomputed)
      _ = try await browser.run(
        """
        const entry = document.querySelector('[data-knob-number="gamma"]');
        entry.value = '0.5';
        entry.dispatchEvent(new Event('input', {bubbles: true}));
        """)
      try await browser.wait("other advantages") {
        try await browser.text(Self.recomputed) != before
      }
      #expect(
        try await browser.number(
          "return parseFloat(document.getElementById('gae-difference').dataset.value || '-1')")
          < 1e-6)
      #expect(try await browser.complaints() == [])
    }

    /// What the panel of the chosen token says of the recomputed advantage.
    private static let recomputed = """
      return [...document.querySelectorAll('dt')].find(e => e.textContent === 'recomputed advantage')
        .nextElementSibling.textContent
      """

    @Test("what a model writes stays text, however it is written and however long it is")
    func hostileTexts() async throws {
      let fixtures = try RunFixtures()
      let shown = try Shown(fixtures.root)
      let browser = try await Browser()
      let crashed = try #require(try await shown.runs()["crashed"])
      let base = "\(shown.address)#/run/\(crashed)"
      try await browser.open("\(base)/step/40", view: "step")
      let rows = try await browser.number("return document.querySelectorAll('[data-place]').length")
      #expect(Int(rows) == RunFixtures.hostile.count + 1)
      for (place, text) in RunFixtures.hostile.enumerated() {
        try await browser.open("\(base)/step/40/response/\(place)", view: "response")
        // Without a tokenizer the text stands as it is.
        let shownText = try await browser.text("return document.body.textContent")
        // Marks that turn text around or show nothing may be shown as signs of themselves.
        func letters(_ text: String) -> String {
          text.filter { $0.isLetter || $0.isNumber || "<>&".contains($0) }
        }
        #expect(letters(shownText).contains(letters(text)), "\(text)")
        try await browser.picture("hostile-\(place)")
      }
      let group = "p<b>0".addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
      for (view, place) in [
        ("group", "\(base)/step/40/group/\(group)"), ("audit", "\(base)/audit"), ("run", base),
        ("runs", shown.address),
      ] {
        try await browser.open(place, view: view)
      }
      #expect(try await browser.run("return window.harmed === undefined") == .boolean(true))
      #expect(
        try await browser.number(
          "return document.querySelectorAll('img[src=x], iframe, svg[onload]').length") == 0)
      // A response of 100,000 tokens is there within seconds, and not as 100,000 nodes at once.
      let start = ContinuousClock.now
      try await browser.open(
        "\(base)/step/40/response/\(RunFixtures.hostile.count)", view: "response")
      #expect(ContinuousClock.now - start < .seconds(20))
      #expect(try await browser.number("return document.querySelectorAll('*').length") < 20_000)
      try await browser.picture("long")
      #expect(try await browser.complaints() == [])
    }

    @Test("a run that goes on is followed, and nothing jumps")
    func live() async throws {
      let fixtures = try RunFixtures()
      let shown = try Shown(fixtures.root)
      let browser = try await Browser()
      let running = try #require(try await shown.runs()["running"])
      try await browser.open("\(shown.address)#/run/\(running)", view: "run")
      let before = try await browser.number(
        "return document.querySelector('.js-plotly-plot').getBoundingClientRect().top")
      for step in 4...8 { try fixtures.report("running", step, accuracy: 0.6) }
      try await browser.wait("step 8") {
        let text = try await browser.text("return document.body.innerText")
        return text.contains("8 / 100") || text.contains("step 8")
      }
      let after = try await browser.number(
        "return document.querySelector('.js-plotly-plot').getBoundingClientRect().top")
      #expect(before == after)
      try fixtures.dump("running", 8, [("new", 4), ("newer", 4)])
      try await browser.wait("the dump") { try await lastDump(shown, running) == 8 }
      try await browser.open("\(shown.address)#/run/\(running)/step/8", view: "step")
      #expect(
        try await browser.number("return document.querySelectorAll('[data-place]').length") == 2)
      #expect(try await browser.complaints() == [])
    }

    @Test("the keyboard is enough: from the list of runs to a response's tokens")
    func keyboard() async throws {
      let fixtures = try RunFixtures()
      let shown = try Shown(fixtures.root)
      let browser = try await Browser(isDark: true)
      try await browser.open(shown.address, view: "runs")
      try await browser.picture("runs-dark")
      try await browser.press("/")
      #expect(try await browser.text("return document.activeElement.tagName") == "INPUT")
      let crashed = try #require(try await shown.runs()["crashed"])
      try await browser.open(
        "\(shown.address)#/run/\(crashed)/step/40/response/6", view: "response")
      try await browser.press("\u{E014}")
      try await browser.press("\u{E014}")
      #expect(
        try await browser.number("return document.querySelectorAll('[data-chosen]').length") == 1)
      try await browser.picture("response-dark")
      // Every control can be reached by the tab key.
      #expect(
        try await browser.number(
          "return [...document.querySelectorAll('button, a[href], input, select, [role=button]')]"
            + ".filter(e => e.tabIndex < 0 && !e.disabled).length") == 0)
    }

    @Test("the file of an audit is one that vapo verify grades")
    func savedFile() async throws {
      let fixtures = try RunFixtures()
      let shown = try Shown(fixtures.root)
      let browser = try await Browser()
      let crashed = try #require(try await shown.runs()["crashed"])
      try await browser.open("\(shown.address)#/run/\(crashed)/audit", view: "audit")
      let text = try await browser.text(
        """
        let text = null;
        URL.createObjectURL = blob => { text = blob.text(); return 'blob:none'; };
        HTMLAnchorElement.prototype.click = () => {};
        return import('/save.js').then(async save => {
          await save.saveFile({id: \(crashed), name: 'x'}, 'rollouts', [{step: 40, place: 10}, {step: 40, place: 7}], undefined, () => {});
          return await text;
        });
        """)
      let file = fixtures.root.appending(path: "verify.jsonl")
      try Data(text.utf8).write(to: file)
      let graded = try await Command(
        ["verify", "--file", file.path, "reward.verifier=exact", "reward.extraction=whole"],
        of: Command.networkBinary)
      #expect(graded.status == 0 && graded.output.contains("ok"), "\(graded.output)\n\(text)")
    }

    @Test("a folder without runs says how to get one")
    func nothing() async throws {
      let folder = FileManager.default.temporaryDirectory.appending(
        path: "vapo-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let shown = try Shown(folder)
      let browser = try await Browser()
      try await browser.open(shown.address, view: "runs")
      #expect(try await browser.text("return document.body.innerText").contains("./vapo train"))
      try await browser.picture("nothing")
    }
  }
}
