// SPDX-License-Identifier: Apache-2.0

/// How far an element of the API can be relied on; `docs/API_LIFECYCLE.md` says how it moves from one to the next.
public enum Stability: String, CaseIterable, Comparable, Sendable, Codable {
    /// May change or go in any release, without notice.
    case draft
    /// Tested and implemented; changes only with a notice, and may be built on.
    case review
    /// Never changes and never goes.
    case frozen

    public static func < (a: Stability, b: Stability) -> Bool {
        allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
    }
}
