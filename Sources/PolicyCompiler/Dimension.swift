// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// A field on a side: each value that it can take has a set of clauses in the tables, and a decision intersects them.
enum Dimension: Int, CaseIterable {
    // Paths, as `enum sp_path_field` numbers them.
    case filePath
    case subjectExe, subjectCgroup, subjectContainer, subjectInterpreter
    case objectExe, objectCgroup, objectContainer, objectInterpreter
    // Digests, in the order of `enum sp_digest_field`.
    case fileDigest, subjectDigest, objectDigest, verity
    // Values.
    case filesystem, subjectUser, objectUser
    // Lists of which any may hold for a value of several parts.
    case subjectAncestor, objectAncestor, subjectGroup, objectGroup, subjectCapability, objectCapability
    // Numbers and combinations of bits, which index a table each.
    case flags, access, area, signal, mapping

    enum Side: Int, CaseIterable { case subject, object }

    static let paths = allCases.filter { $0.rawValue <= Dimension.objectInterpreter.rawValue }
    static let digests: [Dimension] = [.fileDigest, .subjectDigest, .objectDigest, .verity]

    static let ofFiles: [Dimension] = [.filePath, .fileDigest, .verity, .filesystem, .flags]

    static func exe(_ side: Side) -> Dimension { side == .subject ? .subjectExe : .objectExe }
    static func cgroup(_ side: Side) -> Dimension { side == .subject ? .subjectCgroup : .objectCgroup }
    static func container(_ side: Side) -> Dimension { side == .subject ? .subjectContainer : .objectContainer }
    static func interpreter(_ side: Side) -> Dimension { side == .subject ? .subjectInterpreter : .objectInterpreter }
    static func digest(_ side: Side) -> Dimension { side == .subject ? .subjectDigest : .objectDigest }
    static func user(_ side: Side) -> Dimension { side == .subject ? .subjectUser : .objectUser }
    static func ancestor(_ side: Side) -> Dimension { side == .subject ? .subjectAncestor : .objectAncestor }
    static func group(_ side: Side) -> Dimension { side == .subject ? .subjectGroup : .objectGroup }
    static func capability(_ side: Side) -> Dimension { side == .subject ? .subjectCapability : .objectCapability }

    /// The bits of `enum sp_field_used` that say that a rule has a condition on it.
    var used: PolicyTables.FieldsUsed {
        switch self {
        case .filePath: [.path, .any(.object)]
        case .subjectExe: [.exe(.subject), .any(.subject)]
        case .subjectCgroup: [.cgroup(.subject), .any(.subject)]
        case .subjectContainer: [.container(.subject), .any(.subject)]
        case .subjectInterpreter: [.interpreter(.subject), .any(.subject)]
        case .objectExe: [.exe(.object), .any(.object)]
        case .objectCgroup: [.cgroup(.object), .any(.object)]
        case .objectContainer: [.container(.object), .any(.object)]
        case .objectInterpreter: [.interpreter(.object), .any(.object)]
        case .fileDigest: [.digest, .any(.object)]
        case .subjectDigest: [.exeDigest(.subject), .any(.subject)]
        case .objectDigest: [.exeDigest(.object), .any(.object)]
        case .verity: [.verity, .any(.object)]
        case .filesystem: [.filesystem, .any(.object)]
        case .flags: [.flags, .any(.object)]
        case .subjectUser: [.user(.subject), .any(.subject)]
        case .objectUser: [.user(.object), .any(.object)]
        case .subjectAncestor, .subjectGroup, .subjectCapability: [.lists(.subject), .any(.subject)]
        case .objectAncestor, .objectGroup, .objectCapability: [.lists(.object), .any(.object)]
        case .access: .access
        case .area: .area
        case .signal: .signal
        case .mapping: .mapping
        }
    }
}
