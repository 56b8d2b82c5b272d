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
}
