// SPDX-License-Identifier: Apache-2.0

/// Which LSM hooks a BPF program can be attached to, kernel by kernel.
public struct HookFacts: Sendable {
    /// What a kernel lets a program do at a hook.
    public struct Fact: Hashable, Sendable {
        /// Whether a program there may sleep: read user memory, take a digest.
        public var maySleep: Bool
        /// Whether its return value refuses the operation.
        public var canRefuse: Bool
    }

    /// The kernels that were measured, oldest first.
    public static let kernels = ["6.1", "6.12", "7.2"]

    /// By hook, then by kernel.
    private let facts: [String: [String: Fact]]

    /// What was measured.
    public static let measured = HookFacts(table: table)

    init(table: String) {
        var facts: [String: [String: Fact]] = [:]
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ")
            let code = words[0]
            for (kernel, letter) in zip(Self.kernels, code) where letter != "-" {
                let fact = Fact(maySleep: letter == "s", canRefuse: !code.hasSuffix("~"))
                for hook in words.dropFirst() { facts[String(hook), default: [:]][kernel] = fact }
            }
        }
        self.facts = facts
    }

    /// Every hook that loads on any of the kernels, sorted.
    public var hooks: [String] { facts.keys.sorted() }

    /// `nil` where a program doesn't load.
    public func fact(_ hook: String, on kernel: String) -> Fact? { facts[hook]?[kernel] }
}
