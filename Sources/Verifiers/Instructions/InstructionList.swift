// The instructions of one problem, as its data states them.

import JSON

/// What a response is to follow.
struct InstructionList: Equatable, Sendable {
  /// The most instructions of one problem.
  static let limit = 64

  /// The names in the data's order, with what they ask for.
  let instructions: [(name: String, instruction: Instruction)]

  static func == (left: Self, right: Self) -> Bool {
    left.instructions.elementsEqual(right.instructions) {
      $0.name == $1.name && $0.instruction == $1.instruction
    }
  }

  /// Reads a right answer: a JSON object with names in `instruction_id_list`, or `instruction_id`,
  /// and as many objects of arguments in `kwargs`, or a list of one such object.
  ///
  /// - Throws: `VerifierError.truth`, which names the instruction and the argument.
  init(_ truth: String) throws(VerifierError) {
    func fault(_ reason: String) -> VerifierError { .truth(clipped(truth), reason: reason) }
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: truth.utf8, limits: JSONLimits(allowsEqualKeys: true))
    } catch { throw fault("not JSON: \(error)") }
    let members: JSONObject
    switch value {
    case .object(let object): members = object
    case .array(let elements):
      guard elements.count == 1, case .object(let object) = elements[0] else {
        throw fault("a list that does not hold one object")
      }
      members = object
    default: throw fault("\(value.kind), not an object with 'instruction_id_list' and 'kwargs'")
    }
    guard case .array(let names)? = members["instruction_id_list"] ?? members["instruction_id"]
    else { throw fault("no list 'instruction_id_list'") }
    guard (1...Self.limit).contains(names.count) else {
      throw fault("\(names.count) instructions, not 1 to \(Self.limit)")
    }
    let arguments: [JSONValue]
    switch members["kwargs"] {
    case .array(let values)?: arguments = values
    case nil, .null?: arguments = names.map { _ in .null }
    default: throw fault("'kwargs' is not a list")
    }
    guard arguments.count == names.count else {
      throw fault("\(names.count) names in 'instruction_id_list', \(arguments.count) in 'kwargs'")
    }
    var found: [(name: String, instruction: Instruction)] = []
    for (name, argument) in zip(names, arguments) {
      guard case .string(let name) = name else { throw fault("a name that is \(name.kind)") }
      let members: JSONObject
      switch argument {
      case .object(let object): members = object
      case .null: members = JSONObject()
      default: throw fault("\(clipped(name)): its 'kwargs' are \(argument.kind), not an object")
      }
      do throws(InstructionFault) {
        let reader = InstructionReader(name: name, arguments: members)
        found.append((name, try reader.instruction()))
      } catch { throw fault(error.reason) }
    }
    instructions = found
  }
}
