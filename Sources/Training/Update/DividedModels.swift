// Models whose weights are divided over processes: how they come to be, how they are read whole, and what is
// written of them.

import Ranks
import Settings
import Torch
import Transformers

extension Decoder {
  /// Its weights, where processes share them out.
  var divided: DividedWeights? { keeper as? DividedWeights }

  /// Leaves this process a slice of a model's weights, where the processes share them out.
  fileprivate func divide(
    _ table: Parameters, layers: Int, as type: ElementType?, _ division: Division
  ) {
    guard let cut = division.cut, keeper == nil else { return }
    keeper = DividedWeights(
      table, layers: layers, as: type, Slices(ranks: division.ranks), cut: cut)
  }
}

extension DividedWeights {
  /// A table of a model's names with memory for what is divided, filled, and what everybody has.
  ///
  /// - Parameter parameters: the model's own.
  /// - Returns: the whole table, its matrices as every product rounds them. Some families add one to the weights
  ///   of norms before they are rounded: vectors stay as they are.
  fileprivate func wholeTable(of parameters: Parameters) -> Parameters {
    let copies = table.tensors.map {
      Tensor.empty(
        $0.shape, type: $0.rank > 1 ? type ?? $0.type : $0.type, device: $0.device)
    }
    wholeAsRead { copies[$0].copy(from: $1) }
    let known = Dictionary(uniqueKeysWithValues: zip(table.names, copies))
    return Parameters(parameters.entries.map { ($0.name, known[$0.name] ?? $0.tensor) })
  }

  /// A model's weights, each made whole when its turn comes.
  fileprivate func pending(_ parameters: Parameters) -> [PendingTensor] {
    let places = Dictionary(uniqueKeysWithValues: zip(table.names, kept.indices))
    return parameters.entries.map { name, tensor in
      PendingTensor(name: name, shape: tensor.shape, type: tensor.type) {
        places[name].map { self.whole($0) } ?? tensor
      }
    }
  }
}

extension LanguageModel {
  /// Leaves this process a slice of the weights, where the processes share them out.
  func divide(_ division: Division) {
    decoder.divide(parameters, layers: configuration.layerCount, as: travels, division)
  }

  /// What every product rounds matrices to; nil where an adapter is added to them as they are stored.
  private var travels: ElementType? { adapter == nil ? decoder.computeType : nil }

  /// The model with all of its weights, to be read only.
  ///
  /// Itself, or where processes share them out a copy in the type of the computation, whose numbers are the
  /// same. All processes must ask for it together.
  var whole: LanguageModel {
    guard let divided = decoder.divided else { return self }
    let table = divided.wholeTable(of: parameters)
    return LanguageModel(
      configuration, table, computeType: decoder.computeType, adapter: adapter, notes: notes)
  }

  /// The same model without its adapter, sharing its weights, whoever has them.
  var base: LanguageModel {
    let base = withoutAdapter
    base.decoder.keeper = decoder.keeper
    return base
  }

  /// A model of the same numbers in a type, divided as this one is; no process has the whole of it meanwhile, but
  /// where an adapter is to be added.
  func ownCopy(as type: ElementType, _ division: Division) -> LanguageModel {
    guard let divided = decoder.divided, let cut = division.cut, adapter == nil else {
      let copy = whole.copy(as: type)
      copy.divide(division)
      return copy
    }
    let copy = LanguageModel(
      configuration, divided.copy(as: type, cut), computeType: decoder.computeType)
    copy.divide(division)
    return copy
  }

  /// A critic that begins as ``ValueModel/make(from:)`` says; no process has the whole of it meanwhile, but where
  /// an adapter is to be added.
  func freshCritic(_ division: Division) -> ValueModel {
    guard let divided = decoder.divided else { return .make(from: self) }
    guard let cut = division.cut, adapter == nil else {
      return divided.broughtTogether { .make(from: self) }
    }
    let trunk = divided.copy(as: nil, cut) { $0 != "lm_head.weight" }
    return .make(of: trunk, like: self)
  }

  /// What is written of divided weights, without an adapter; nil where they are not divided.
  var pendingWeights: [PendingTensor]? { decoder.divided?.pending(parameters) }
}

extension ValueModel {
  /// Leaves this process a slice of the trunk's weights, where the processes share them out.
  ///
  /// - Parameters:
  ///   - division: the processes.
  ///   - policy: whose trunk it may share, and with it the slices.
  func divide(_ division: Division, beside policy: LanguageModel? = nil) {
    let trunk = Parameters(parameters.entries.filter { !$0.name.hasPrefix("score.") })
    if let divided = policy?.decoder.divided, let first = trunk.entries.first,
      divided.table.contains(first.name), divided.table[first.name] === first.tensor
    {
      decoder.keeper = DividedWeights(trunk, layers: configuration.layerCount, of: divided)
      return
    }
    decoder.divide(
      trunk, layers: configuration.layerCount, as: adapter == nil ? decoder.computeType : nil,
      division)
  }

  /// The model with all of its weights, as ``LanguageModel/whole`` is.
  var whole: ValueModel {
    guard let divided = decoder.divided else { return self }
    let table = divided.wholeTable(of: parameters)
    return ValueModel(
      configuration, table, computeType: decoder.computeType, adapter: adapter, notes: notes)
  }

  /// What is written of divided weights, without an adapter; nil where they are not divided.
  var pendingWeights: [PendingTensor]? { decoder.divided?.pending(parameters) }
}
