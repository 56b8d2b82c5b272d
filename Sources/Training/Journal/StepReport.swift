// What a step has to report: numbers under verl's metric names, in the order they were added.

/// The numbers of one step.
public struct StepReport: Equatable, Sendable {
  /// A number and its name.
  public struct Metric: Equatable, Sendable {
    /// Such as `actor/pg_loss`.
    public var name: String
    /// Not finite where there is nothing to say.
    public var value: Double
  }

  /// The global step, from 1.
  public var step: Int
  /// The numbers, no name twice.
  public private(set) var data: [Metric] = []

  /// A report with its first numbers.
  public init(step: Int, _ data: KeyValuePairs<String, Double> = [:]) {
    self.step = step
    for (name, value) in data { self[name] = value }
  }

  /// The number of a name; setting a new one adds it at the end, setting nothing removes it.
  public subscript(name: String) -> Double? {
    get { data.first { $0.name == name }?.value }
    set {
      let place = data.firstIndex { $0.name == name }
      switch (place, newValue) {
      case (let place?, let value?): data[place].value = value
      case (let place?, nil): data.remove(at: place)
      case (nil, let value?): data.append(Metric(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  /// The report as a line of metrics.jsonl, in the shape of verl's file logger.
  package var line: String {
    var numbers = JSONLine()
    for metric in data { numbers.add(metric.name, metric.value) }
    var line = JSONLine()
    line.add("step", step)
    line.add("data", numbers)
    return line.object
  }
}
