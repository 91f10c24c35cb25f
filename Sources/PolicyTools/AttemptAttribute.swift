// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// What an attempt has that rules ask for, as far as one value is independent of the others: of a process, the
/// executable decides `exe` and `interpreter` alike.
enum AttemptAttribute: Hashable, CaseIterable {
    case access, signal, mapping, area
    case filePath, fileFlags, filesystem, fileDigest, verity
    case objectProgram, objectUser, objectGroups, objectCapabilities, objectCgroup, objectAncestors, objectDigest
    case subjectProgram, subjectUser, subjectGroups, subjectCapabilities, subjectCgroup, subjectAncestors
    case subjectDigest

    /// The attribute that a field is about.
    ///
    /// - Parameter object: what the operation is attempted on; `nil` where the field is a subject's.
    init?(_ field: Field, of object: OperationDescription.Object?) {
        let isSubject = object == nil
        switch field {
        case .exe, .interpreter: self = isSubject ? .subjectProgram : .objectProgram
        case .user: self = isSubject ? .subjectUser : .objectUser
        case .group: self = isSubject ? .subjectGroups : .objectGroups
        case .capability: self = isSubject ? .subjectCapabilities : .objectCapabilities
        case .cgroup, .container: self = isSubject ? .subjectCgroup : .objectCgroup
        case .ancestor: self = isSubject ? .subjectAncestors : .objectAncestors
        case .digest: self = isSubject ? .subjectDigest : object == .process ? .objectDigest : .fileDigest
        case .path: self = .filePath
        case .flags: self = .fileFlags
        case .filesystem: self = .filesystem
        case .verity: self = .verity
        case .vendor: return nil
        }
    }

    var isOfSubject: Bool {
        switch self {
        case .subjectProgram, .subjectUser, .subjectGroups, .subjectCapabilities, .subjectCgroup, .subjectAncestors,
            .subjectDigest:
            true
        default: false
        }
    }
}

/// What a rule asks of an attribute: a list, any of which may be.
enum AskedList: Hashable {
    case field(FieldCondition)
    case access([Access])
    case signals([Signal])
    case mappings([MappingKind])
    case areas([KernelArea])
}

/// A value of an attribute that stands for all that are in the same lists.
struct AttributeSample {
    /// By the attribute's numbering.
    var lists: Set<Int>
    /// Whether more than these lists may hold: the digest, or all ancestors, aren't known.
    var isUnknown = false
    var put: (inout Attempt) -> Void
}
