// SPDX-License-Identifier: Apache-2.0

/// What a request asks for that there isn't.
enum MissingPart: Hashable {
    case operation(String)
    /// A field that rules don't know for this side of the operation.
    case field(String, of: String, operation: String)
    /// A word of `access` that the operation doesn't tell apart.
    case access(String, operation: String)
    /// An element of the API.
    case element(String)

    var sentence: String {
        switch self {
        case .operation(let name): "there is no operation `\(name)`"
        case .field(let name, let side, let operation):
            "rules on `\(operation)` can't select the \(side) by `\(name)`"
        case .access(let word, let operation): "`\(operation)` doesn't tell `\(word)` from other accesses"
        case .element(let name): "the API has no element `\(name)`"
        }
    }
}
