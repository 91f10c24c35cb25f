// SPDX-License-Identifier: Apache-2.0

/// Why a message isn't a value of the model: the sender is broken, or speaks a later version of the API.
package enum ValueError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A field that must be set isn't.
    case missing(field: String)
    /// A field has a value that this version doesn't know.
    case unknown(field: String, value: Int)
    /// A field's value is outside of what the field's documentation says.
    case invalid(field: String, reason: String)

    package var description: String {
        switch self {
        case .missing(let field): "`\(field)` is not set"
        case .unknown(let field, let value):
            "`\(field)` has the value \(value), which this version of Sallyport doesn't know"
        case .invalid(let field, let reason): "`\(field)` \(reason)"
        }
    }
}
