// SPDX-License-Identifier: Apache-2.0

internal import EndpointModel

/// Which names vendors may have: those of policies, but for the ones that mean somebody else.
public enum VendorName {
    /// Owners of rules and senders of events that are no vendor.
    public static let reserved: Set<String> = ["platform", "sallyport", "site"]

    public static func isValid(_ text: String) -> Bool { Policy.isName(text) && !reserved.contains(text) }

    /// The rule, to be put after "write".
    public static let grammar = Policy.nameGrammar + ", not " + reserved.sorted().joined(separator: ", ")
}
