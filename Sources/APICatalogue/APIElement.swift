// SPDX-License-Identifier: Apache-2.0

/// One element of the API as its `.proto` files declare and document it.
public struct APIElement: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable, Codable {
        case service, rpc, message, field, oneof, `enum`, value
        /// A number or a name that was used once and is never used again. It carries no documentation.
        case reserved
    }

    public var kind: Kind
    /// The full name. A value of an enum is named below its enum, so that a name always begins with its owner's:
    /// `sallyport.v1.Tier.TIER_GATE`.
    public var name: String
    /// The number of a field or value, or the first one of a reservation.
    public var number: Int?
    /// As the `.proto` file spells it, without the package: `repeated Rule`, `(WatchRequest) returns (stream
    /// WatchResponse)`; of a reservation of several numbers, `to` and the last one. Empty where there is none.
    public var type: String
    /// What the element is: its comment without the line of properties, on one line.
    public var summary: String
    /// What a number or a length is counted in; empty where nothing is.
    public var unit: String
    /// The version of the API that brought it, such as `v1`; empty when the comment doesn't say.
    public var since: String
    /// `nil` when the comment doesn't say.
    public var stability: Stability?

    public init(
        _ kind: Kind, _ name: String, number: Int? = nil, type: String = "", summary: String = "", unit: String = "",
        since: String = "", stability: Stability? = nil
    ) {
        self.kind = kind
        self.name = name
        self.number = number
        self.type = type
        self.summary = summary
        self.unit = unit
        self.since = since
        self.stability = stability
    }

    /// The name of what the element belongs to.
    public var owner: String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? "" }

    /// The name below its owner.
    public var ownName: String { name.lastIndex(of: ".").map { String(name[$0...].dropFirst()) } ?? name }

    /// The numbers of a field, value or reservation.
    public var numbers: ClosedRange<Int>? {
        guard let number else { return nil }
        let last = kind == .reserved && type.hasPrefix("to ") ? Int(type.dropFirst(3)) : nil
        return number...max(number, last ?? number)
    }

    /// What a change of stability leaves as it is.
    var withoutStability: APIElement {
        var element = self
        element.stability = nil
        return element
    }
}
