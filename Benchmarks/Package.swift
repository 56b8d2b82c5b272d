// swift-tools-version: 6.2
// Micro-benchmarks of the house's rooms, on a harness of its own, so that who only uses vapo does
// not fetch it.

import PackageDescription

let package = Package(
  name: "vapo-benchmarks",
  dependencies: [
    .package(name: "vapo", path: ".."),
    // Without its traits it counts no allocations, and needs no packages of its own to do so.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "Micro",
      dependencies: [
        .product(name: "Rooms", package: "vapo"),
        .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "Benchmarks/Micro",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
