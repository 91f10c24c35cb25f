// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Lists of digests, which may be too long for a policy.
extension PolicyReader {
    /// Before the name of a file with digests.
    static let listPrefix = "file:"

    /// The digests of a list, those of the files that it names among them; `nil` if one of them can't be read.
    mutating func digests(_ tree: YAMLTree, _ key: String) -> [Digest]? {
        guard let list = list(tree, key) else { return nil }
        var written: [YAMLTree] = []
        var digests: [Digest] = []
        var names: Set<String> = []
        var isWhole = true
        for element in list {
            guard case .text(let text) = element.content, text.hasPrefix(Self.listPrefix) else {
                written.append(element)
                continue
            }
            let name = String(text.dropFirst(Self.listPrefix.count))
            guard names.insert(name).inserted else {
                warnOfRepetition("the list '\(Self.excerpt(name))'", at: element.place)
                continue
            }
            do {
                digests += try self.digests(listedIn: name)
            } catch {
                diagnostics.error(element.place, error.message, instead: error.instead)
                isWhole = false
            }
        }
        guard !written.isEmpty else { return isWhole ? digests : nil }
        let entries = entries(YAMLTree(place: tree.place, content: .list(written)), key, .digest)
        return isWhole ? entries.map { $0 + digests } : nil
    }

    private func digests(listedIn name: String) throws(DigestListProblem) -> [Digest] {
        guard !name.isEmpty else {
            throw DigestListProblem("'file:' names no file", instead: "write the file's name after it")
        }
        let digests = try digestLists(name)
        guard !digests.isEmpty else {
            throw DigestListProblem(
                "the list '\(Self.excerpt(name))' holds no digest", instead: "write one in each line")
        }
        return digests
    }
}
