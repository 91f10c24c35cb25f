// SPDX-License-Identifier: Apache-2.0

/// A YAML document as policies and requests use it: text, lists and mappings with text for keys, each with its place.
///
/// Scalars are text whatever they look like: a policy named `on` or `1.0` is named so.
package struct YAMLTree {
    package struct Entry {
        package var key: String
        package var keyPlace: Place
        package var value: YAMLTree
    }

    package enum Content {
        case text(String)
        case list([YAMLTree])
        case mapping([Entry])
    }

    package var place: Place
    package var content: Content

    /// Those of a list; of anything else, that itself.
    package var elements: [YAMLTree] {
        if case .list(let list) = content { return list }
        return [self]
    }

    /// The kind of content, for messages.
    package var kind: String {
        switch content {
        case .text(let text): text.isEmpty ? "nothing" : "'\(text)'"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}
