// SPDX-License-Identifier: Apache-2.0

import Yams

/// Text → trees, one a document. Everything that Yams says becomes a diagnostic with a place.
struct YAMLReader {
    /// More nodes than any policy within the limits has.
    static let maximumNodes = 500_000

    private var nodes = 0
    private var renamed: [Unicode.Scalar: Unicode.Scalar] = [:]

    /// The documents of `text`, empty ones left out. Whatever could be read is returned beside the diagnostics.
    static func read(_ text: String, into diagnostics: inout DiagnosticList) -> [YAMLTree] {
        var reader = YAMLReader()
        return reader.read(text, into: &diagnostics)
    }

    private mutating func read(_ text: String, into diagnostics: inout DiagnosticList) -> [YAMLTree] {
        var text = text
        while true {
            do {
                let parser = try Parser(yaml: text, resolver: .basic, constructor: .default, encoding: .utf8)
                var trees: [YAMLTree] = []
                while let root = try parser.nextRoot() {
                    if let tree = tree(root, into: &diagnostics), !tree.isEmpty { trees.append(tree) }
                }
                return trees
            } catch YamlError.duplicatedKeysInMapping(_, let context) {
                // Yams gives up at a duplicate. The key is renamed for Yams' eyes, so that the whole file can be read;
                // `mapping` gives it its name back and says what is wrong.
                let place = Place(line: context.mark.line, column: context.mark.column)
                guard let other = rename(place, in: text) else {
                    diagnostics.error(place, "a key is there twice", instead: "remove one of them")
                    return []
                }
                text = other
            } catch let error as YamlError {
                report(error, text, into: &diagnostics)
                return []
            } catch {
                diagnostics.error(.start, "the file can't be read: \(error)")
                return []
            }
        }
    }

    /// `text` with the first character of the key at `place` replaced by one of Unicode's private ones.
    private mutating func rename(_ place: Place, in text: String) -> String? {
        guard let fresh = Unicode.Scalar(UInt32(0xe000 + renamed.count)), renamed.count < 64 else { return nil }
        var scalars = Array(text.unicodeScalars)
        var index = 0
        for _ in 1..<place.line {
            guard let end = scalars[index...].firstIndex(of: "\n") else { return nil }
            index = end + 1
        }
        index += place.column - 1
        if index < scalars.count, scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        guard index < scalars.count, scalars[index].properties.isAlphabetic else { return nil }
        renamed[fresh] = scalars[index]
        scalars[index] = fresh
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars)
        return String(result)
    }

    private mutating func tree(_ node: Node, into diagnostics: inout DiagnosticList) -> YAMLTree? {
        let place = Place(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        nodes += 1
        guard nodes <= Self.maximumNodes else {
            diagnostics.error(place, "the file has more than \(Self.maximumNodes) values", instead: "split it")
            return nil
        }
        switch node {
        case .scalar(let scalar):
            let isNull = scalar.style == .plain && scalar.string == "~"
            return YAMLTree(place: place, content: .text(isNull ? "" : scalar.string))
        case .sequence(let sequence):
            var list: [YAMLTree] = []
            for element in sequence {
                guard let tree = tree(element, into: &diagnostics) else { return nil }
                list.append(tree)
            }
            return YAMLTree(place: place, content: .list(list))
        case .mapping(let mapping):
            return self.mapping(mapping, place, into: &diagnostics)
        case .alias:
            diagnostics.error(
                place, "YAML aliases aren't supported in \(diagnostics.document)", instead: "write the value out")
            return nil
        }
    }

    private mutating func mapping(
        _ mapping: Node.Mapping, _ place: Place, into diagnostics: inout DiagnosticList
    ) -> YAMLTree? {
        var entries: [YAMLTree.Entry] = []
        for (key, value) in mapping {
            let keyPlace = Place(line: key.mark?.line ?? place.line, column: key.mark?.column ?? place.column)
            guard case .scalar(let scalar) = key else {
                diagnostics.error(keyPlace, "a key must be a word", instead: "write 'key: value'")
                continue
            }
            var name = scalar.string
            if let first = name.unicodeScalars.first, let original = renamed[first] {
                name = String(original) + String(name.unicodeScalars.dropFirst())
            }
            guard let tree = tree(value, into: &diagnostics) else { return nil }
            if name == "<<" {
                diagnostics.error(
                    keyPlace, "YAML merge keys aren't supported in \(diagnostics.document)",
                    instead: "write the keys out")
            } else if let first = entries.first(where: { $0.key == name }) {
                diagnostics.error(
                    keyPlace, "the key '\(name)' is there twice, first in line \(first.keyPlace.line)",
                    instead: "remove one of them")
            } else {
                entries.append(YAMLTree.Entry(key: name, keyPlace: keyPlace, value: tree))
            }
        }
        return YAMLTree(place: place, content: .mapping(entries))
    }

    private func report(_ error: YamlError, _ text: String, into diagnostics: inout DiagnosticList) {
        let hint = "quote patterns that contain any of [ ] { } , # or begin with * or !"
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let story = (context.map { "\($0.text) " } ?? "") + problem
            // At the end of the text, the mark may be a line behind the last one.
            let lineCount = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
            diagnostics.error(
                Place(line: min(mark.line, lineCount), column: mark.column), "the YAML can't be read: \(story)",
                instead: hint)
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            let line = before.unicodeScalars.count { $0 == "\n" } + 1
            let column = before.unicodeScalars.reversed().prefix { $0 != "\n" }.count + 1
            diagnostics.error(
                Place(line: line, column: column), "the file has a character that YAML doesn't allow: \(problem)",
                instead: "remove it, or write it as '\\xNN' in double quotes")
        default:
            diagnostics.error(.start, "the YAML can't be read: \(error)")
        }
    }
}

extension YAMLTree {
    /// Nothing between two `---`, or only comments.
    fileprivate var isEmpty: Bool {
        if case .text(let text) = content { return text.isEmpty }
        return false
    }
}
