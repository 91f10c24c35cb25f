// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import EventRecords
import KernelABI

/// A filter as the kernel's programs read it: a fixed part, and mutes by what they are found by.
package struct CompiledFilter: Sendable {
    /// A mute without the filter that it belongs to; executables by path, until their key is known.
    package struct Mute: Hashable, Sendable {
        package var kind: UInt32
        package var value: UInt64
        package var other: UInt64
    }

    /// The operations that readers follow processes by.
    static let context: Set<Operation> = [.processExec, .processCreate, .processExit]

    package private(set) var operations: UInt32
    package private(set) var deniedOnly: Bool
    package private(set) var kinds: UInt32 = 0
    package private(set) var inverted: UInt32 = 0
    /// What is muted, each for the operations of its bits.
    package private(set) var mutes: [Mute: UInt64] = [:]

    /// - Parameters:
    ///   - program: the key of an executable in the kernel's map, made known there.
    ///   - cgroup: the id of a cgroup by its path; `nil` when there is none.
    package init(
        _ filter: EventFilter, hash: PathHash, program: ([UInt8]) throws(SubscriberError) -> UInt64,
        cgroup: ([UInt8]) -> UInt64?
    ) throws(SubscriberError) {
        guard filter.mutes.count <= EventFilter.maxMutes else {
            throw .filter("\(filter.mutes.count) mutes exceed the limit of \(EventFilter.maxMutes): name less")
        }
        operations = Self.bits(filter.wantedOperations)
        deniedOnly = filter.deniedOnly
        for kind in filter.inverted { inverted |= Self.bit(kind) }
        kinds = inverted
        for mute in filter.mutes {
            let key = try Self.key(mute, hash, program, cgroup)
            kinds |= key.kind
            let about = mute.operations.isEmpty ? UInt32.max : Self.bits(mute.operations)
            mutes[key, default: 0] |= UInt64(about)
        }
    }

    var raw: sp_filter {
        sp_filter(
            operations: operations, context: Self.bits(Self.context), denied_only: deniedOnly ? 1 : 0, kinds: kinds,
            inverted: inverted, pad: 0)
    }

    private static func key(
        _ mute: EventMute, _ hash: PathHash, _ program: ([UInt8]) throws(SubscriberError) -> UInt64,
        _ cgroup: ([UInt8]) -> UInt64?
    ) throws(SubscriberError) -> Mute {
        let kind = bit(mute.kind)
        switch (mute.kind, mute.name) {
        case (.process, .process(let pid, let startTime)):
            return Mute(kind: kind, value: startTime, other: UInt64(UInt32(bitPattern: pid)))
        case (.process, .path): throw .filter("a mute of a process names it by pid and start time, not by a path")
        case (_, .process): throw .filter("a mute of kind \(mute.kind.rawValue) names a path, not a process")
        case (_, .path(let path)):
            guard path.first == UInt8(ascii: "/"), path.count <= 4095, !path.contains(0) else {
                throw .filter(
                    "a mute names an absolute path of at most 4095 bytes, not '\(String(decoding: path, as: UTF8.self))'"
                )
            }
            switch mute.kind {
            case .executable: return Mute(kind: kind, value: try program(path), other: 0)
            case .cgroup:
                guard let id = cgroup(path) else {
                    throw .filter("there is no cgroup \(String(decoding: path, as: UTF8.self)): make it first")
                }
                return Mute(kind: kind, value: id, other: 0)
            default: return Mute(kind: kind, value: hash(path), other: 0)
            }
        }
    }

    private static func bit(_ kind: EventMute.Kind) -> UInt32 {
        switch kind {
        case .executable: SP_MUTE_EXE.rawValue
        case .process: SP_MUTE_PROCESS.rawValue
        case .target: SP_MUTE_TARGET.rawValue
        case .targetBelow: SP_MUTE_TARGET_BELOW.rawValue
        case .cgroup: SP_MUTE_CGROUP.rawValue
        }
    }

    private static func bits(_ operations: Set<Operation>) -> UInt32 {
        operations.reduce(0) { $0 | 1 << $1.kernelNumber }
    }
}
