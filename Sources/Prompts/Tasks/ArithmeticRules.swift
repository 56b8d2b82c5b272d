// The arithmetic chain: additions and subtractions of digits, modulo ten.
//
//     problem   3+8-5=
//     worked    3+8=1;1-5=6;#6
//     direct    #6

import Records

/// The rules of the chain.
///
/// A state is a digit; a move is the operand, plus ten to subtract it.
struct ArithmeticRules: ChainRules {
  var name: String { "arithmetic" }
  var symbols: String { "0123456789+-=;?" }
  var endings: [Character] { [";"] }
  var mostMoves: Int { 500 }
  var mostLaps: Int { 1 }

  func chain(of count: Int, random: inout SplitMix64) -> Chain {
    Chain(
      start: anyState(random: &random), moves: (0..<count).map { _ in random.draw(below: 20) })
  }

  func text(of chain: Chain) -> String {
    chain.moves.reduce(into: "\(chain.start)") { $0 += written($1) } + "="
  }

  func chain(from text: String) -> Chain? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 2, bytes.count.isMultiple(of: 2), let start = digit(bytes[0]),
      bytes.last == UInt8(ascii: "=")
    else { return nil }
    var moves: [Int] = []
    for place in stride(from: 1, to: bytes.count - 1, by: 2) {
      guard let operand = digit(bytes[place + 1]) else { return nil }
      switch bytes[place] {
      case UInt8(ascii: "+"): moves.append(operand)
      case UInt8(ascii: "-"): moves.append(operand + 10)
      default: return nil
      }
    }
    return Chain(start: start, moves: moves)
  }

  func next(_ state: Int, _ move: Int) -> Int {
    move < 10 ? (state + move) % 10 : (state + 20 - move) % 10
  }

  func line(of chain: Chain, step: Int, before: Int, after: Int) -> String {
    "\(before)\(written(chain.move(at: step)))=\(after);"
  }

  func idleLine(of chain: Chain, step: Int, state: Int) -> String { "\(state)?=\(state);" }

  func answer(_ state: Int) -> String { "\(state)" }

  func anyState(random: inout SplitMix64) -> Int { random.draw(below: 10) }

  func spoiled(_ state: Int, random: inout SplitMix64) -> Int {
    (state + 1 + random.draw(below: 9)) % 10
  }

  private func written(_ move: Int) -> String { move < 10 ? "+\(move)" : "-\(move - 10)" }
}
