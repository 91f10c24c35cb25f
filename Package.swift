// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// MARK: - The layered graph

/// One module of the package: where it lies, what it may use and who wrote down why.
///
/// The list below is the architecture. A module uses only modules declared above it; the manifest refuses anything
/// else, so that an upward dependency can't even be resolved. `docs/ARCHITECTURE.md` says what each is.
struct Module {
    enum Kind { case library, c, system, executable, tool, test }
    var name: String
    var kind: Kind = .library
    var uses: [String] = []
    var products: [Target.Dependency] = []
    var path: String?
    var plugins: [Target.PluginUsage] = []
    var linker: [LinkerSetting] = []
    var exclude: [String] = []
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let grpcCore = Target.Dependency.product(name: "GRPCCore", package: "grpc-swift-2")
let grpcProtobuf = Target.Dependency.product(name: "GRPCProtobuf", package: "grpc-swift-protobuf")
let grpcTransport = Target.Dependency.product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")

let modules: [Module] = [
    // The kernel's side and the system's.
    Module(name: "CLibBPF", kind: .system),
    Module(name: "CLinux", kind: .c),
    Module(name: "KernelABI", kind: .c, path: "Kernel/abi"),
    Module(name: "EndpointModel"),
    Module(name: "LinuxSystem", uses: ["CLinux"]),
    Module(name: "bpf-embed", kind: .tool),
    Module(name: "KernelPrograms", plugins: [.plugin(name: "CompileKernelPrograms")]),
    Module(
        name: "BPFRuntime", uses: ["CLibBPF"],
        linker: [.linkedLibrary(":libbpf.a"), .linkedLibrary(":libelf.a"), .linkedLibrary(":libz.a")]),

    // Policy: text → checked values → tables → the kernel.
    Module(name: "PathAutomaton", uses: ["EndpointModel"]),
    Module(name: "PolicyLanguage", uses: ["EndpointModel", "PathAutomaton"], products: [yams]),
    Module(name: "PolicyCompiler", uses: ["EndpointModel", "PathAutomaton"]),
    Module(name: "PolicyTools", uses: ["EndpointModel", "PathAutomaton", "PolicyLanguage", "PolicyCompiler"]),
    Module(name: "PolicyInstaller", uses: ["EndpointModel", "KernelABI", "BPFRuntime", "PolicyCompiler"]),

    // Events: the kernel's records → values; operations held for a verdict; digests that the kernel asks for.
    Module(name: "Sensor", uses: ["EndpointModel", "KernelABI", "LinuxSystem", "BPFRuntime"]),
    Module(name: "Gate", uses: ["EndpointModel", "LinuxSystem"]),
    Module(name: "ContentDigests", uses: ["KernelABI", "LinuxSystem", "BPFRuntime"], products: [crypto]),

    // The API and its two ends.
    Module(name: "SallyportAPI", products: [protobuf, grpcCore, grpcProtobuf]),
    Module(name: "APIValues", uses: ["EndpointModel", "SallyportAPI"], products: [protobuf]),
    Module(
        name: "Sessions", uses: ["EndpointModel", "SallyportAPI", "APIValues"],
        products: [grpcCore, grpcProtobuf, protobuf, grpcTransport, nioCore, nioPosix, nioHTTP2, nioHPACK, logging]),
    Module(
        name: "Sallyport", uses: ["EndpointModel", "SallyportAPI", "APIValues"],
        products: [grpcCore, grpcProtobuf, protobuf, grpcTransport, nioPosix]),

    // Composition roots.
    Module(
        name: "Daemon",
        uses: [
            "EndpointModel", "KernelABI", "LinuxSystem", "KernelPrograms", "BPFRuntime", "PolicyCompiler",
            "PolicyInstaller", "Sensor", "Gate", "ContentDigests", "APIValues", "Sessions",
        ],
        products: [argumentParser, logging, lifecycle, signals]),
    Module(
        name: "Commands", uses: ["EndpointModel", "PolicyLanguage", "PolicyCompiler", "PolicyTools", "Sallyport"],
        products: [argumentParser]),
    Module(name: "sallyportd", kind: .executable, uses: ["Daemon"]),
    Module(name: "sallyport-cli", kind: .executable, uses: ["Commands"]),

    // Tests. `kernel-scenarios` runs in the micro-VM and starts `kernel-load`; `KernelTests` starts it there.
    Module(name: "CKernelActs", kind: .c, path: "Tests/CKernelActs"),
    Module(name: "kernel-load", kind: .executable, uses: ["CKernelActs"], path: "Tests/KernelLoad"),
    Module(
        name: "kernel-scenarios", kind: .executable,
        uses: [
            "EndpointModel", "KernelABI", "KernelPrograms", "BPFRuntime", "PolicyCompiler", "PolicyInstaller",
            "Sallyport", "CKernelActs",
        ],
        path: "Tests/KernelScenarios"),
    Module(name: "KernelTests", kind: .test, exclude: ["fast-paths.json", "instructions.json"]),
    Module(name: "EndpointModelTests", kind: .test, uses: ["EndpointModel"]),
    Module(name: "PathAutomatonTests", kind: .test, uses: ["EndpointModel", "PathAutomaton"]),
    Module(name: "PolicyLanguageTests", kind: .test, uses: ["EndpointModel", "PolicyLanguage"]),
    Module(name: "PolicyCompilerTests", kind: .test, uses: ["EndpointModel", "PathAutomaton", "PolicyCompiler"]),
    Module(
        name: "PolicyToolsTests", kind: .test,
        uses: ["EndpointModel", "PolicyLanguage", "PolicyCompiler", "PolicyTools"]
    ),
    Module(name: "SensorTests", kind: .test, uses: ["EndpointModel", "BPFRuntime", "Sensor"]),
    Module(
        name: "SessionsTests", kind: .test,
        uses: ["EndpointModel", "SallyportAPI", "APIValues", "Sessions", "Sallyport"],
        products: [grpcCore, grpcTransport, logging]),
    Module(
        name: "CommandsTests", kind: .test,
        uses: ["EndpointModel", "PolicyLanguage", "PolicyTools", "Commands"]),
]

// MARK: - What every Swift module is compiled with

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func target(_ module: Module, declaredAbove: Set<String>) -> Target {
    for name in module.uses where !declaredAbove.contains(name) {
        fatalError(
            "\(module.name) uses \(name), which is not declared above it in Package.swift: dependencies point upward in"
                + " the list only. Move the shared part into a module of its own, or the use into a composition root.")
    }
    let dependencies = module.uses.map { Target.Dependency.target(name: $0) } + module.products
    let path = module.path ?? "\(module.kind == .test ? "Tests" : "Sources")/\(module.name)"
    switch module.kind {
    case .system:
        return .systemLibrary(
            name: module.name, path: path, providers: [.apt(["libbpf-dev", "libelf-dev", "zlib1g-dev"])])
    case .c:
        return .target(name: module.name, dependencies: dependencies, path: path)
    case .library:
        return .target(
            name: module.name, dependencies: dependencies, path: path, swiftSettings: swiftSettings,
            linkerSettings: module.linker, plugins: module.plugins)
    case .executable, .tool:
        return .executableTarget(
            name: module.name, dependencies: dependencies, path: path, swiftSettings: swiftSettings)
    case .test:
        return .testTarget(
            name: module.name, dependencies: dependencies, path: path, exclude: module.exclude,
            swiftSettings: swiftSettings)
    }
}

var declared: Set<String> = []
var targets: [Target] = []
for module in modules {
    targets.append(target(module, declaredAbove: declared))
    guard declared.insert(module.name).inserted else { fatalError("\(module.name) is declared twice") }
}
targets.append(.plugin(name: "CompileKernelPrograms", capability: .buildTool(), dependencies: ["bpf-embed"]))

let package = Package(
    name: "sallyport",
    products: [
        .library(name: "Sallyport", targets: ["Sallyport"]),
        .executable(name: "sallyport", targets: ["sallyport-cli"]),
        .executable(name: "sallyportd", targets: ["sallyportd"]),
        .executable(name: "kernel-scenarios", targets: ["kernel-scenarios"]),
        .executable(name: "kernel-load", targets: ["kernel-load"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        // Exact: the peer's identity is taken through its channel callbacks (Sessions/PeerIdentity).
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", exact: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    ],
    targets: targets,
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c17
)
