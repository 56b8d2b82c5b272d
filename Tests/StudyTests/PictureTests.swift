// Axes and pictures: marks by hand, and SVG that an XML parser reads.

import Foundation
import Testing

import Study

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite struct PictureTests {
  @Test(arguments: [
    (0.0, 1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (3, 97, ["0", "20", "40", "60", "80", "100"]),
    (-0.3, 0.9, ["−0.4", "−0.2", "0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (0, 1_150_000, ["0.0", "0.2M", "0.4M", "0.6M", "0.8M", "1.0M", "1.2M"]),
    (5, 5, ["5.0", "6.0", "7.0", "8.0", "9.0", "10.0"]),
  ])
  func `marks are round and hold the range`(low: Double, high: Double, labels: [String]) {
    let axis = Axis(low, high, count: 6)
    #expect(axis.low <= low && axis.high >= high)
    if low < high { #expect(axis.marks.map(axis.label) == labels) }
  }

  private final class Reader: NSObject, XMLParserDelegate {
    var names: [String] = []
    var texts: [String] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String] = [:]
    ) {
      names.append(name)
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { texts.append(string) }
  }

  @Test func `a picture is XML with a line, a band and a name for every line`() {
    let points = (0..<5).map { place in
      Chart.Line.Point(x: Double(place), y: 0.5, low: 0.4, high: 0.7)
    }
    let chart = Chart(
      title: "a < b & \"c\"", xLabel: "x", yLabel: "y",
      lines: [
        Chart.Line("first", points), Chart.Line("second", points.map { .init(x: $0.x, y: $0.y) }),
      ])
    let parser = XMLParser(data: Data(chart.svg.utf8))
    let reader = Reader()
    parser.delegate = reader
    #expect(parser.parse())
    #expect(reader.names.count { $0 == "polyline" } == 2)
    #expect(reader.names.count { $0 == "polygon" } == 1)
    let text = reader.texts.joined()
    #expect(text.contains("a < b & \"c\"") && text.contains("first") && text.contains("second"))
  }

  private func lines(_ count: Int, ends: [Double] = []) -> [Chart.Line] {
    (0..<count).map { number in
      let end = number < ends.count ? ends[number] : Double(number) / 10
      return Chart.Line(
        "arm \(number)",
        [.init(x: 10, y: 0.1), .init(x: 30, y: end, low: end - 0.1, high: end + 0.1)],
        isTrailing: number == 0)
    }
  }

  private func read(_ svg: String) -> Reader {
    let parser = XMLParser(data: Data(svg.utf8))
    let reader = Reader()
    parser.delegate = reader
    #expect(parser.parse())
    return reader
  }

  @Test func `the line of interest is drawn last, thick, with the only band`() throws {
    let svg = Chart(title: "t", xLabel: "x", yLabel: "y", lines: lines(3)).svg
    let strokes = svg.matches(of: /polyline .*?stroke-width="([0-9.]+)"/).compactMap {
      Double($0.1)
    }
    #expect(strokes == [1.6, 1.6, 3.2])
    #expect(read(svg).names.count { $0 == "polygon" } == 1)
    let last = try #require(svg.range(of: "<polyline", options: .backwards))
    let group = try #require(svg[..<last.lowerBound].range(of: "<g class=", options: .backwards))
    #expect(svg[group.lowerBound...].hasPrefix("<g class=\"s0\">"))
  }

  @Test func `names beside lines that end together lie apart and inside the picture`() {
    for ends in [
      [0.5, 0.5, 0.5, 0.5, 0.5], [0.1, 0.1, 0.1, 0.1, 0.9], [0.9, 0.9, 0.9, 0.1, 0.1],
    ] {
      let svg = Chart(title: "t", xLabel: "x", yLabel: "y", lines: lines(5, ends: ends)).svg
      let heights = svg.matches(of: /<text x="[0-9.]+" y="([0-9.]+)" fill="currentColor"/)
        .compactMap { Double($0.1) }.sorted()
      #expect(heights.count == 5)
      #expect(zip(heights, heights.dropFirst()).allSatisfy { $1 - $0 > 14.9 })
      #expect(heights.allSatisfy { (40...360).contains($0) })
    }
  }

  @Test func `many lines get a small picture each, all with the first`() {
    let svg = Chart(title: "t", xLabel: "x", yLabel: "y", lines: lines(9)).svg
    let reader = read(svg)
    // Nine lines and a band behind eight panels, and in front of them the panel's own.
    #expect(reader.names.count { $0 == "polyline" } == 9 + 8)
    #expect(reader.names.count { $0 == "polygon" } == 1)
    #expect(reader.names.count { $0 == "use" } == 8)
    #expect(svg.components(separatedBy: "href=\"#lines-t-x\" x=\"64.0\" y=\"66.0\"").count == 2)
    #expect(svg.contains("<g id=\"lines-t-x\">"))
    for number in 1..<9 { #expect(reader.texts.joined().contains("arm \(number)")) }
  }

  @Test func `an axis along the data ends where the data does`() {
    let axis = Axis(tight: 0, 1_500_000, count: 6)
    #expect(axis.high == 1_500_000 && axis.marks == [0, 500_000, 1_000_000, 1_500_000])
    #expect(axis.share(1_500_000) == 1)
    #expect(Axis(tight: 3, 17, count: 4).marks == [5, 10, 15])
    #expect(Axis(tight: 4, 4).high > 4)
  }

  @Test func `bars have their intervals and values`() {
    let svg = BarChart(
      title: "t", label: "l",
      bars: [.init("a & b", 0.5, low: 0.25, high: 1.5), .init("c", 0.125)]
    ).svg
    let reader = read(svg)
    #expect(reader.names.count { $0 == "rect" } == 3)
    let text = reader.texts.joined()
    #expect(text.contains("a & b") && text.contains("50.0%") && text.contains("12.5%"))
    // Half and an eighth of 460; the interval ends at the frame.
    #expect(svg.contains("width=\"230.0\"") && svg.contains("width=\"57.5\""))
    #expect(!svg.contains("NaN"))
  }
}
