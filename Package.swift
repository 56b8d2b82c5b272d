// swift-tools-version: 6.2
// The house: one target a room, in the order the data flows. Imports point down, data flows
// sideways. `./vapo` sets up `.vapo/libtorch` (a link to the libtorch it found) before it builds.

import PackageDescription

let libtorch = "\(Context.packageDirectory)/.vapo/libtorch"

/// Whether the rooms that speak HTTP are there, with the packages that they bring.
///
/// They are most of what there is to fetch and to build. `./vapo` leaves them out until something
/// needs them.
let hasNetwork = Context.environment["VAPO_WITHOUT_NETWORK"] == nil

/// The test targets that are there, by name; all where the variable is not set.
///
/// One target's tests then wait for what they use and for nothing else.
let tests = Context.environment["VAPO_TESTS"]?.split(separator: ",").map(String.init)

/// What C++ over libtorch is compiled with.
///
/// Its files are compiled a few at once, each such unit a file of `Units`. The flags at the end: CTorch's module map would claim its headers in CKernels; and
/// line tables are what a report of a crash needs, where ATen's types would be a fifth of the work.
let libtorchFlags = [
  "-isystem", "\(libtorch)/include",
  "-isystem", "\(libtorch)/include/torch/csrc/api/include",
  "-Wall", "-Wextra", "-Werror", "-fno-cxx-modules",
  "-Xclang", "-debug-info-kind=line-tables-only",
]

/// Where `./vapo` found the headers of CUDA and NCCL; empty where it found none, or libtorch has no CUDA.
///
/// With them tensors travel between GPUs by NCCL.
let ncclHeaders =
  Context.environment["VAPO_NCCL"]?.split(separator: ":").map(String.init) ?? []
let ncclFlags: [CXXSetting] =
  ncclHeaders.isEmpty
  ? []
  : [.define("CT_NCCL"), .unsafeFlags(ncclHeaders.flatMap { ["-isystem", $0] })]
let ncclLibraries: [LinkerSetting] =
  ncclHeaders.isEmpty ? [] : [.linkedLibrary("torch_cuda"), .linkedLibrary("c10_cuda")]

/// Which CPU the kernels are for: AVX-512 with bfloat16 products, or AVX2 where `./vapo` says so.
let kernelFlags: [CXXSetting] =
  Context.environment["VAPO_CPU"] == "avx2" ? [.define("CT_AVX2")] : []

/// What every Swift target is compiled with.
let house: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: house)
}

func proof(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies,
    swiftSettings: house)
}

let bigInt = Target.Dependency.product(name: "BigInt", package: "BigInt")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let arguments = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let hummingbird: [Target.Dependency] = [
  .product(name: "Hummingbird", package: "hummingbird"),
  .product(name: "HummingbirdCore", package: "hummingbird"),
  .product(name: "HTTPTypes", package: "swift-http-types"),
  .product(name: "Logging", package: "swift-log"),
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
  .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
]
let httpClient: [Target.Dependency] = [
  .product(name: "AsyncHTTPClient", package: "async-http-client"),
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOHTTP1", package: "swift-nio"),
]
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

/// The rooms that a run goes through.
let training: [Target.Dependency] = [
  "Words", "JSON", "Records", "Torch", "Templates", "Tokenizers", "Transformers", "Locks",
  "Prompts",
  "Ranks", "Generation", "Children", "Transport", "RolloutServers", "MathAnswers", "Verifiers",
  "Methods", "Settings", "Checkpoints", "Loggers",
  "Hub", "Training",
]

let package = Package(
  name: "vapo",
  products: [
    .executable(name: "vapo", targets: ["tool"]),
    // For the benchmarks, which are a package of their own.
    .library(
      name: "Rooms",
      targets: [
        "Records", "Torch", "Tokenizers", "Verifiers", "Methods", "Generation", "Settings",
        "Training",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/attaswift/BigInt", from: "6.0.1"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    .target(
      name: "CTorch", sources: ["Units"],
      cxxSettings: [
        .headerSearchPath("Gloo"), .headerSearchPath("CUDA"), .unsafeFlags(libtorchFlags),
      ] + ncclFlags,
      linkerSettings: [
        .unsafeFlags([
          "-L\(libtorch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(libtorch)/lib",
          "-Xlinker", "--no-as-needed",
        ]),
        .linkedLibrary("torch"), .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
      ] + ncclLibraries),
    .target(
      name: "CKernels", dependencies: ["CTorch"], sources: ["Units"],
      cxxSettings: [.headerSearchPath("../CTorch"), .unsafeFlags(libtorchFlags)] + kernelFlags),
    room("Words"),
    room("JSON"),
    room("Hub", ["Words"]),
    room("Records"),
    room("Torch", ["JSON", "CTorch", "CKernels"]),
    .target(name: "CStack"),
    room("Templates", ["CStack"]),
    room("Tokenizers", ["JSON", "Words", "Templates"]),
    room("Transformers", ["JSON", "Words", "Torch", "Tokenizers"]),
    room("Locks", ["Records"]),
    room("Prompts", ["JSON", "Words", "Records", "Locks"]),
    room("Ranks", ["Torch"]),
    room("Generation", ["Records", "Torch", "Transformers"]),
    .target(name: "CChildren"),
    room("Children", ["JSON", "CChildren"]),
    room("Transport"),
    room(
      "RolloutServers", ["JSON", "Records", "Torch", "Generation", "Children", "Transport"]),
    room("MathAnswers", [bigInt]),
    room(
      "Verifiers", ["JSON", "Records", "Children", "Transport", "MathAnswers", "Locks"]),
    room("Methods", ["Records", "Torch"]),
    room(
      "Settings",
      [
        "Records", "Torch", "Transformers", "Prompts", "Generation", "RolloutServers", "Verifiers",
        "Methods", yams,
      ]),
    room("Alarms"),
    room("Meanings", ["Alarms", "Methods", "Settings"]),
    .target(name: "CHash"),
    room("Checkpoints", ["Records", "Words", "CHash"]),
    room("Loggers", ["JSON", "Children", "Checkpoints"]),
    room("Training", training.dropLast()),
    room(
      "Benchmarking",
      ["Records", "Torch", "Transformers", "Generation", "Methods", "Settings", "Training"]),
    room("Statistics"),
    room("Study", training + ["Statistics", subprocess, system]),
    room(
      "Commands",
      training + ["Meanings", "Study", "Benchmarking", arguments, subprocess, system]),
    .executableTarget(name: "tool", dependencies: ["Commands"], swiftSettings: house),
    room("TestSupport"),
    // Devices that stand for GPUs where there is none, and the command on them.
    .target(
      name: "CDouble", dependencies: ["CTorch"],
      cxxSettings: [
        .headerSearchPath("../CTorch"), .headerSearchPath("../CTorch/Gloo"),
        .unsafeFlags(libtorchFlags),
      ]),
    room("Doubles", ["JSON", "Torch", "CDouble"]),
    .executableTarget(
      name: "doubletool",
      dependencies: ["Commands", "CDouble"] + (hasNetwork ? ["Requests", "Transport"] : []),
      swiftSettings: house),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "Prompts", "Settings", "Templates", "TestSupport", "Tokenizers", "Torch", "Transformers",
      ], swiftSettings: house),
    .testTarget(
      name: "FuzzTests", dependencies: ["fuzz", "TestSupport"], swiftSettings: house),
    proof(of: "Words", ["TestSupport"]),
    proof(of: "JSON", ["TestSupport"]),
    proof(of: "Hub", ["TestSupport"]),
    proof(of: "Records"),
    proof(of: "Torch", ["TestSupport", "CDouble"]),
    proof(of: "Templates", ["TestSupport"]),
    proof(of: "Tokenizers", ["TestSupport", "JSON", "Templates"]),
    proof(of: "Transformers", ["TestSupport", "Torch"]),
    proof(of: "Locks", ["TestSupport", "Records"]),
    proof(of: "Prompts", ["TestSupport", "Records", "Locks"]),
    proof(of: "Ranks", ["TestSupport", "Torch"]),
    proof(of: "Generation", ["TestSupport", "Records", "Torch", "Transformers"]),
    proof(of: "Children", ["JSON"]),
    proof(
      of: "RolloutServers", ["JSON", "Records", "Torch", "Generation", "Transport", "Doubles"]),
    proof(of: "MathAnswers", ["TestSupport"]),
    proof(of: "Verifiers", ["TestSupport", "Records"]),
    proof(of: "Methods", ["TestSupport", "Records", "Torch"]),
    proof(
      of: "Settings",
      [
        "TestSupport", "Records", "Torch", "Transformers", "Prompts", "Generation", "Verifiers",
        "Methods",
      ]),
    proof(of: "Meanings", ["Alarms", "TestSupport", "Methods", "Settings"]),
    proof(of: "Checkpoints", ["TestSupport", "Records"]),
    proof(of: "Loggers"),
    proof(of: "Statistics", ["TestSupport"]),
    proof(of: "Alarms", ["Meanings"]),
    proof(of: "Benchmarking", training + ["TestSupport", "tool"]),
    proof(of: "Study", training + ["TestSupport", "tool"]),
    proof(
      of: "Training",
      training.dropLast() + ["Meanings", "TestSupport", "Doubles", "tool", "doubletool"]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)

if hasNetwork {
  package.products.append(.executable(name: "vapo-network", targets: ["networktool"]))
  package.dependencies += [
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1",
      traits: ["FullFoundation"]),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ]
  let model: [Target.Dependency] = [
    "Records", "Torch", "Tokenizers", "Transformers", "Generation",
  ]
  package.targets += [
    room("Requests", ["Transport"] + httpClient),
    room("WebServer", ["Words"] + hummingbird),
    room("Serving", model + ["Templates", "WebServer"] + hummingbird),
    room(
      "RunIndex",
      [
        "JSON", "Words", "Records", "Checkpoints", "Verifiers", "Statistics", yams,
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .target(
      name: "Dashboard",
      dependencies: ["JSON", "Tokenizers", "Alarms", "Statistics", "RunIndex", "WebServer"]
        + hummingbird,
      resources: [.copy("Page")], swiftSettings: house),
    .executableTarget(
      name: "networktool",
      dependencies: [
        "Commands", "Meanings", "Requests", "Serving", "Dashboard", "WebServer", "Torch",
        "Transport",
      ],
      swiftSettings: house),
    proof(
      of: "Requests",
      ["Records", "Generation", "RolloutServers", "TestSupport", "Transport", "Verifiers"]),
    proof(of: "Serving", model + ["TestSupport", "WebServer", "networktool"]),
    proof(of: "RunIndex", ["JSON", "Statistics"]),
    proof(of: "Dashboard", ["JSON", "Requests", "TestSupport", "Transport", "networktool"]),
  ]
}

if let tests { package.targets.removeAll { $0.type == .test && !tests.contains($0.name) } }

// A value lies in memory as what is in it lies there, from however deep a room that comes; and a build
// makes anew only what names a room that has changed. So every target names all targets below it. Only
// `dev/check arrows`, which holds imports against the arrows above, sees no others.
if Context.environment["VAPO_ARROWS"] == nil {
  func name(of dependency: Target.Dependency) -> String? {
    switch dependency {
    case .byNameItem(let name, _), .targetItem(let name, _): name
    default: nil
    }
  }
  let arrows = package.targets.reduce(into: [:]) {
    $0[$1.name] = $1.dependencies.compactMap(name)
  }
  for target in package.targets {
    var found = Set(target.dependencies.compactMap(name))
    var waiting = Array(found)
    while let next = waiting.popLast() {
      for below in arrows[next, default: []] where found.insert(below).inserted {
        waiting.append(below)
        target.dependencies.append(.byName(name: below))
      }
    }
  }
}
