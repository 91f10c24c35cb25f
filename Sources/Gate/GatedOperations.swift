// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
import LinuxSystem

/// What the gate can hold.
public struct GatedOperations: OptionSet, Sendable, Hashable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `process.exec`: programs, interpreters of scripts, and the loader of a dynamic program.
    public static let execution = GatedOperations(rawValue: 1)
    /// `image.load`: ELF files that are opened so that they can be read.
    public static let imageLoad = GatedOperations(rawValue: 2)
    /// `file.open` with access `read`.
    public static let openForReading = GatedOperations(rawValue: 4)
    /// `file.open` with access `write`.
    public static let openForWriting = GatedOperations(rawValue: 8)

    static let opens: GatedOperations = [.openForReading, .openForWriting]

    /// What of an operation can be held; empty when the gate can't.
    public init(_ operation: EndpointModel.Operation) {
        switch operation {
        case .processExec: self = .execution
        case .imageLoad: self = .imageLoad
        case .fileOpen: self = .opens
        default: self = []
        }
    }

    var kinds: FanotifyGroup.Kinds {
        var kinds: FanotifyGroup.Kinds = []
        if contains(.execution) { kinds.insert(.execution) }
        if !isDisjoint(with: [.imageLoad, .openForReading, .openForWriting]) { kinds.insert(.open) }
        return kinds
    }
}
