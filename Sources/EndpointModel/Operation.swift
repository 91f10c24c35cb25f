// SPDX-License-Identifier: Apache-2.0

/// What is being attempted, `class.verb`. Names are stable: policies, the API and the event records use them.
public enum Operation: String, CaseIterable, Codable, Sendable, Hashable {
    case processExec = "process.exec"
    case processCreate = "process.create"
    case processExit = "process.exit"
    case imageLoad = "image.load"

    /// The class an operation belongs to, one of the four that the vendor API promises and their like.
    public enum Class: String, CaseIterable, Codable, Sendable, Hashable {
        case process
        case image
    }

    public var `class`: Class {
        switch self {
        case .processExec, .processCreate, .processExit: .process
        case .imageLoad: .image
        }
    }
}
