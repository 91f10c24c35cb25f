// SPDX-License-Identifier: Apache-2.0

/// A user or a group as a policy names it. Names are looked up by the platform when the policy is installed.
public enum Account: Hashable, Sendable, Codable {
    case id(UInt32)
    case name(String)

    /// A number is an id, everything else a name. `nil` where it can be neither.
    public init?(_ text: String) {
        if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            guard let id = UInt32(text), id != .max else { return nil }
            self = .id(id)
        } else {
            let isName = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: ":") }
            guard isName, !text.isEmpty, text.utf8.count <= 256 else { return nil }
            self = .name(text)
        }
    }

    public var text: String {
        switch self {
        case .id(let id): "\(id)"
        case .name(let name): name
        }
    }
}

/// The ids of the accounts that policies name.
public struct AccountDirectory: Hashable, Sendable {
    public var users: [String: UInt32]
    public var groups: [String: UInt32]

    public init(users: [String: UInt32] = ["root": 0], groups: [String: UInt32] = ["root": 0]) {
        self.users = users
        self.groups = groups
    }

    public func user(_ account: Account) -> UInt32? { Self.id(account, users) }
    public func group(_ account: Account) -> UInt32? { Self.id(account, groups) }

    private static func id(_ account: Account, _ names: [String: UInt32]) -> UInt32? {
        switch account {
        case .id(let id): id
        case .name(let name): names[name]
        }
    }
}
