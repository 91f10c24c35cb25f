// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

extension PathPattern {
    /// The pattern that matches exactly `path`; `nil` where none can be written: the path isn't resolved or isn't UTF-8.
    package init?(literal path: ObservedPath) {
        guard path.unresolvable == nil, let text = String(validating: path.bytes, as: UTF8.self),
            let pattern = try? PathPattern(Self.escaped(text))
        else { return nil }
        self = pattern
    }

    /// The pattern that matches every file in the directory at `path`, and none below its subdirectories.
    package init?(directory path: ObservedPath) {
        guard path.unresolvable == nil, let text = String(validating: path.bytes, as: UTF8.self),
            let pattern = try? PathPattern(Self.escaped(text) + "/*")
        else { return nil }
        self = pattern
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if "*?[]{}\\".unicodeScalars.contains(scalar) { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
