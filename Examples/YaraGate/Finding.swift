// SPDX-License-Identifier: Apache-2.0

import Sallyport

/// What a scan came to.
enum Finding {
    case clean
    case match(rule: String)
    /// Nobody knows: what `why` says was in the way.
    case unscanned(why: String)

    /// A finding holds for the content, so that it isn't asked about again; without one it is allowed this time, as it is
    /// while no scanner runs: what can't be read or is too large to be scanned in time must not stop the machine.
    ///
    /// No allow names a digest: the platform takes none of held files, so that such an allow wouldn't count.
    var answer: Answer {
        switch self {
        case .clean: Answer(.allow, cache: .file(lifetime: nil))
        case .match(let rule): Answer(.deny, reason: "yara: \(rule)", cache: .file(lifetime: nil))
        case .unscanned(let why): Answer(.allow, reason: "not scanned: \(why)")
        }
    }
}

extension Finding: CustomStringConvertible {
    var description: String {
        switch self {
        case .clean: "clean"
        case .match(let rule): "refused \(rule)"
        case .unscanned(let why): "unscanned (\(why))"
        }
    }
}
