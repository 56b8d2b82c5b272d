// The walk: from a place on a ten by ten board, by a list of labeled moves that is done once or
// several times, to where it ends.
//
//     problem   37:a^b%*2=      start (3, 7); then every move with its label; how many laps
//     worked    2a^37=38;2b%38=83;1a^83=84;1b%84=48;#48
//     direct    #48
//
// Moves: ^ y + 1, _ y - 1, < x - 1, > x + 1, all modulo ten; % exchanges x and y. A step begins with
// the laps that are left, this one included, and its move's label: they make a skipped or repeated
// step visible where it happens. A step done carelessly carries a ? in its move's place and leaves
// the place as it was.

import Records

/// The rules of the walk.
///
/// A state is 10x + y; a move is its place in `moves`.
struct WalkRules: ChainRules {
  private static let labels = Array("abcdefghijklmnopqrstuvwxyz".utf8)
  private static let moves = Array("^_<>%".utf8)

  var name: String { "walk" }
  var symbols: String {
    "0123456789" + String(decoding: Self.labels + Self.moves, as: UTF8.self) + ":*=;?"
  }
  var endings: [Character] { [";", ":", "*", "+", "-"] }
  var mostMoves: Int { Self.labels.count }
  var mostLaps: Int { 9 }

  func chain(of count: Int, random: inout SplitMix64) -> Chain {
    Chain(
      start: anyState(random: &random),
      moves: (0..<count).map { _ in random.draw(below: Self.moves.count) })
  }

  func text(of chain: Chain) -> String {
    let steps = chain.moves.enumerated().flatMap { [Self.labels[$0], Self.moves[$1]] }
    return answer(chain.start) + ":" + String(decoding: steps, as: UTF8.self) + "*\(chain.laps)="
  }

  func chain(from text: String) -> Chain? {
    let bytes = Array(text.utf8)
    let end = bytes.count - 3  // of the moves: after them come `*`, the laps and `=`
    guard end > 3, !end.isMultiple(of: 2), end <= 3 + 2 * mostMoves,
      let x = digit(bytes[0]), let y = digit(bytes[1]), bytes[2] == UInt8(ascii: ":"),
      bytes[end] == UInt8(ascii: "*"), let laps = digit(bytes[end + 1]), laps > 0,
      bytes[end + 2] == UInt8(ascii: "=")
    else { return nil }
    var moves: [Int] = []
    for place in stride(from: 3, to: end, by: 2) {
      guard bytes[place] == Self.labels[moves.count],
        let move = Self.moves.firstIndex(of: bytes[place + 1])
      else { return nil }
      moves.append(move)
    }
    return Chain(start: 10 * x + y, moves: moves, laps: laps)
  }

  func next(_ state: Int, _ move: Int) -> Int {
    let (x, y) = state.quotientAndRemainder(dividingBy: 10)
    return switch move {
    case 0: 10 * x + (y + 1) % 10
    case 1: 10 * x + (y + 9) % 10
    case 2: 10 * ((x + 9) % 10) + y
    case 3: 10 * ((x + 1) % 10) + y
    default: 10 * y + x
    }
  }

  func line(of chain: Chain, step: Int, before: Int, after: Int) -> String {
    line(of: chain, step: step, sign: Self.moves[chain.move(at: step)], before, after)
  }

  func idleLine(of chain: Chain, step: Int, state: Int) -> String {
    line(of: chain, step: step, sign: UInt8(ascii: "?"), state, state)
  }

  private func line(
    of chain: Chain, step: Int, sign: UInt8, _ before: Int, _ after: Int
  ) -> String {
    let (lap, place) = step.quotientAndRemainder(dividingBy: chain.moves.count)
    return "\(chain.laps - lap)" + String(decoding: [Self.labels[place], sign], as: UTF8.self)
      + answer(before) + "=" + answer(after) + ";"
  }

  func answer(_ state: Int) -> String { "\(state / 10)\(state % 10)" }

  func anyState(random: inout SplitMix64) -> Int { random.draw(below: 100) }

  func spoiled(_ state: Int, random: inout SplitMix64) -> Int {
    let (x, y) = state.quotientAndRemainder(dividingBy: 10)
    let change = 1 + random.draw(below: 9)
    return random.draw(below: 2) == 0 ? 10 * ((x + change) % 10) + y : 10 * x + (y + change) % 10
  }
}

/// The value of an ASCII digit.
func digit(_ byte: UInt8) -> Int? {
  byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int(byte - UInt8(ascii: "0")) : nil
}
