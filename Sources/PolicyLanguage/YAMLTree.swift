// SPDX-License-Identifier: Apache-2.0

/// A YAML document as policies use it: text, lists and mappings with text for keys, each with its place.
///
/// Scalars are text whatever they look like: a policy named `on` or `1.0` is named so.
struct YAMLTree {
    struct Entry {
        var key: String
        var keyPlace: Place
        var value: YAMLTree
    }

    enum Content {
        case text(String)
        case list([YAMLTree])
        case mapping([Entry])
    }

    var place: Place
    var content: Content

    /// Those of a list; of anything else, that itself.
    var elements: [YAMLTree] {
        if case .list(let list) = content { return list }
        return [self]
    }

    /// The kind of content, for messages.
    var kind: String {
        switch content {
        case .text(let text): text.isEmpty ? "nothing" : "'\(text)'"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}
