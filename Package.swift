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
    /// Debian's packages that a system module needs.
    var packages: [String] = []
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "_CryptoExtras", package: "swift-crypto")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
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
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")

let modules: [Module] = [
    // The kernel's side and the system's.
    Module(name: "CLibBPF", kind: .system, packages: ["libbpf-dev", "libelf-dev", "zlib1g-dev"]),
    Module(name: "CCompression", kind: .system, packages: ["liblzma-dev", "libzstd-dev", "zlib1g-dev"]),
    Module(name: "CLinux", kind: .c),
    Module(name: "CGate", kind: .c),
    Module(name: "KernelABI", kind: .c, path: "Kernel/abi"),
    Module(name: "EndpointModel"),
    Module(name: "LinuxSystem", uses: ["CLinux"]),
    Module(name: "EventRecords", uses: ["EndpointModel", "KernelABI"]),
    Module(name: "EventRing", uses: ["CLinux", "LinuxSystem"]),
    Module(name: "Handover", uses: ["CLinux", "LinuxSystem", "EventRing"]),
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
    Module(name: "Sensor", uses: ["EndpointModel", "KernelABI", "LinuxSystem", "BPFRuntime", "EventRecords"]),
    Module(
        name: "Subscribers",
        uses: ["CLinux", "EndpointModel", "KernelABI", "LinuxSystem", "BPFRuntime", "EventRecords", "EventRing"]),
    Module(name: "Arbitration", uses: ["EndpointModel"]),
    Module(name: "Gate", uses: ["CGate", "EndpointModel", "LinuxSystem"]),
    Module(name: "ContentDigests", uses: ["KernelABI", "LinuxSystem", "BPFRuntime"], products: [crypto]),

    // Protection: what is guarded in the kernel, and for whom.
    Module(name: "KernelProtection", uses: ["KernelABI", "LinuxSystem", "KernelPrograms", "BPFRuntime"]),
    Module(
        name: "KernelImage", uses: ["CCompression"],
        linker: [.linkedLibrary(":liblzma.a"), .linkedLibrary(":libzstd.a"), .linkedLibrary(":libz.a")]),
    Module(
        name: "KernelIntegrity",
        uses: [
            "CLinux", "EndpointModel", "KernelABI", "LinuxSystem", "KernelPrograms", "BPFRuntime", "KernelImage",
        ]),

    // Vendors: certificates, and who is admitted.
    Module(name: "VendorCertificates", uses: ["EndpointModel"], products: [x509, asn1, crypto]),
    Module(name: "Registry", uses: ["EndpointModel", "LinuxSystem", "VendorCertificates"]),

    // The API: what it declares, what was recorded of it, and its two ends.
    Module(name: "APICatalogue"),
    Module(name: "APIDescriptors", uses: ["APICatalogue"], products: [protobuf]),
    Module(name: "api-record", kind: .tool, uses: ["APICatalogue", "APIDescriptors"]),
    Module(name: "RequestEvaluation", uses: ["EndpointModel", "APICatalogue"]),
    Module(name: "RequestLanguage", uses: ["EndpointModel", "PolicyLanguage", "APICatalogue", "RequestEvaluation"]),
    Module(name: "SallyportAPI", products: [protobuf, grpcCore, grpcProtobuf]),
    Module(name: "APIValues", uses: ["EndpointModel", "SallyportAPI"], products: [protobuf]),
    Module(name: "PolicyBundles", uses: ["EndpointModel", "VendorCertificates", "APIValues"]),
    Module(name: "Recording", uses: ["EndpointModel", "SallyportAPI", "APIValues"], products: [protobuf]),
    Module(
        name: "Sessions", uses: ["EndpointModel", "SallyportAPI", "APIValues"],
        products: [
            grpcCore, grpcProtobuf, protobuf, grpcTransport, nioCore, nioPosix, nioHTTP2, nioHPACK, nioSSL, logging,
        ]),
    Module(
        name: "Sallyport",
        uses: [
            "KernelABI", "EndpointModel", "LinuxSystem", "EventRecords", "EventRing", "Handover", "SallyportAPI",
            "APIValues",
        ],
        products: [grpcCore, grpcProtobuf, protobuf, grpcTransport, nioCore, nioPosix]),

    Module(
        name: "Replay",
        uses: ["EndpointModel", "LinuxSystem", "VendorCertificates", "Recording", "Sessions"],
        products: [logging, grpcCore]),
    Module(
        name: "Conformance",
        uses: ["EndpointModel", "LinuxSystem", "SallyportAPI", "Recording", "Sessions", "Replay"],
        products: [grpcCore, protobuf]),

    // Composition roots.
    Module(
        name: "Daemon",
        uses: [
            "EndpointModel", "KernelABI", "LinuxSystem", "KernelPrograms", "BPFRuntime", "PolicyCompiler",
            "PolicyInstaller", "EventRecords", "Handover", "Sensor", "Subscribers", "Gate", "Arbitration",
            "ContentDigests", "KernelProtection", "KernelIntegrity", "VendorCertificates", "Registry", "APIValues",
            "PolicyBundles",
            "Sessions",
        ],
        products: [argumentParser, logging, lifecycle, signals]),
    Module(
        name: "Commands",
        uses: [
            "EndpointModel", "APICatalogue", "PolicyLanguage", "PolicyCompiler", "PolicyTools", "RequestEvaluation",
            "RequestLanguage", "KernelImage", "VendorCertificates", "PolicyBundles", "Recording", "Replay",
            "Conformance", "Sallyport",
        ],
        products: [argumentParser, crypto]),
    Module(name: "sallyportd", kind: .executable, uses: ["Daemon"]),
    Module(name: "sallyport-cli", kind: .executable, uses: ["Commands"]),

    // Agents to start from; the code of the library's tutorial.
    Module(name: "Tutorial", uses: ["Sallyport"], path: "Examples/Tutorial"),
    Module(name: "exec-logger", kind: .executable, uses: ["Sallyport"], path: "Examples/ExecLogger"),
    Module(name: "CYara", kind: .system, packages: ["libyara-dev"]),
    Module(
        name: "yara-gate", kind: .executable, uses: ["CYara", "Sallyport"], path: "Examples/YaraGate",
        exclude: ["rules"]),

    // Tests. `kernel-scenarios` runs in the micro-VM and starts `kernel-load`; `KernelTests` starts it there.
    Module(name: "CKernelActs", kind: .c, path: "Tests/CKernelActs"),
    Module(name: "CRingConsumer", kind: .c, path: "Tests/CRingConsumer"),
    Module(name: "kernel-load", kind: .executable, uses: ["CKernelActs"], path: "Tests/KernelLoad"),
    Module(
        name: "kernel-scenarios", kind: .executable,
        uses: [
            "EndpointModel", "KernelABI", "LinuxSystem", "KernelPrograms", "BPFRuntime", "PolicyCompiler",
            "PolicyInstaller", "Gate", "VendorCertificates", "PolicyBundles", "Sallyport", "CKernelActs",
            "CRingConsumer",
        ],
        path: "Tests/KernelScenarios"),
    Module(
        name: "integrity-lab", kind: .executable,
        uses: ["CLibBPF", "EndpointModel", "LinuxSystem", "BPFRuntime", "KernelImage", "KernelIntegrity"],
        path: "Tests/IntegrityLab"),
    Module(name: "KernelTests", kind: .test, exclude: ["fast-paths.json", "instructions.json"]),
    Module(name: "KernelProtectionTests", kind: .test, uses: ["KernelProtection"]),
    Module(name: "KernelImageTests", kind: .test, uses: ["CCompression", "KernelImage"]),
    Module(
        name: "KernelIntegrityTests", kind: .test,
        uses: ["EndpointModel", "LinuxSystem", "BPFRuntime", "KernelImage", "KernelIntegrity"]),
    Module(name: "EndpointModelTests", kind: .test, uses: ["EndpointModel"]),
    Module(name: "APICatalogueTests", kind: .test, uses: ["APICatalogue", "APIDescriptors"]),
    Module(
        name: "RequestEvaluationTests", kind: .test,
        uses: ["EndpointModel", "PolicyLanguage", "APICatalogue", "RequestEvaluation", "RequestLanguage"]),
    Module(name: "PathAutomatonTests", kind: .test, uses: ["EndpointModel", "PathAutomaton"]),
    Module(name: "PolicyLanguageTests", kind: .test, uses: ["EndpointModel", "PolicyLanguage"]),
    Module(name: "PolicyCompilerTests", kind: .test, uses: ["EndpointModel", "PathAutomaton", "PolicyCompiler"]),
    Module(
        name: "PolicyToolsTests", kind: .test,
        uses: ["EndpointModel", "PolicyLanguage", "PolicyCompiler", "PolicyTools"]
    ),
    Module(name: "ArbitrationTests", kind: .test, uses: ["EndpointModel", "Arbitration"]),
    Module(name: "EventRecordsTests", kind: .test, uses: ["EndpointModel", "KernelABI", "EventRecords"]),
    Module(name: "EventRingTests", kind: .test, uses: ["EventRing"]),
    Module(name: "HandoverTests", kind: .test, uses: ["CLinux", "LinuxSystem", "Handover"]),
    Module(name: "LinuxSystemTests", kind: .test, uses: ["LinuxSystem"]),
    Module(name: "SensorTests", kind: .test, uses: ["EndpointModel", "BPFRuntime", "Sensor"]),
    Module(
        name: "VendorCertificatesTests", kind: .test, uses: ["EndpointModel", "VendorCertificates"],
        products: [x509, asn1, crypto, cryptoExtras]),
    Module(
        name: "RegistryTests", kind: .test, uses: ["EndpointModel", "LinuxSystem", "VendorCertificates", "Registry"]),
    Module(
        name: "PolicyBundlesTests", kind: .test, uses: ["EndpointModel", "VendorCertificates", "PolicyBundles"]),
    Module(
        name: "RecordingTests", kind: .test,
        uses: ["EndpointModel", "SallyportAPI", "Recording", "Replay", "Sallyport", "Commands"],
        products: [protobuf], exclude: ["Recordings"]),
    Module(
        name: "ReplayTests", kind: .test, uses: ["EndpointModel", "Recording", "Replay", "Sallyport"]),
    Module(
        name: "ConformanceTests", kind: .test,
        uses: ["EndpointModel", "SallyportAPI", "Conformance", "Sallyport"],
        products: [grpcCore, grpcTransport, protobuf]),
    Module(
        name: "FuzzTargets",
        uses: [
            "CLinux", "KernelABI", "EndpointModel", "LinuxSystem", "EventRecords", "EventRing", "Handover",
            "PolicyLanguage", "VendorCertificates", "SallyportAPI", "APIValues", "Recording", "Sessions",
        ],
        products: [grpcCore, grpcTransport, protobuf, logging], path: "Fuzz/Targets"),
    Module(name: "FuzzTests", kind: .test, uses: ["FuzzTargets"]),
    Module(
        name: "SessionsTests", kind: .test,
        uses: [
            "EndpointModel", "LinuxSystem", "Handover", "SallyportAPI", "APIValues", "VendorCertificates", "Sessions",
            "Sallyport",
        ],
        products: [grpcCore, grpcTransport, logging]),
    Module(
        name: "CommandsTests", kind: .test,
        uses: [
            "EndpointModel", "APICatalogue", "PolicyLanguage", "PolicyTools", "RequestEvaluation", "VendorCertificates",
            "PolicyBundles", "Conformance", "Commands",
        ],
        products: [x509, asn1, crypto]),
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
        return .systemLibrary(name: module.name, path: path, providers: [.apt(module.packages)])
    case .c:
        return .target(name: module.name, dependencies: dependencies, path: path)
    case .library:
        return .target(
            name: module.name, dependencies: dependencies, path: path, swiftSettings: swiftSettings,
            linkerSettings: module.linker, plugins: module.plugins)
    case .executable, .tool:
        return .executableTarget(
            name: module.name, dependencies: dependencies, path: path, exclude: module.exclude,
            swiftSettings: swiftSettings)
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
        .executable(name: "exec-logger", targets: ["exec-logger"]),
        .executable(name: "yara-gate", targets: ["yara-gate"]),
        .executable(name: "kernel-scenarios", targets: ["kernel-scenarios"]),
        .executable(name: "kernel-load", targets: ["kernel-load"]),
        .executable(name: "integrity-lab", targets: ["integrity-lab"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        // Exact: checking a chain without its validity is SPI (VendorCertificates/VendorChainPolicy).
        .package(url: "https://github.com/apple/swift-certificates.git", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        // Exact: the peer's identity is taken through its channel callbacks (Sessions/PeerIdentity).
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", exact: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: targets,
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c17
)
