// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

/// Runs `body` with files that hold `texts`, and removes them.
func withFiles<Result>(_ texts: [String], _ body: ([String]) async throws -> Result) async throws -> Result {
    var files: [String] = []
    defer { for file in files { unlink(file) } }
    for text in texts {
        var template = Array("/tmp/sallyport-policy-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        defer { close(descriptor) }
        files.append(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        let written = write(descriptor, text, text.utf8.count)
        #expect(written == text.utf8.count)
    }
    return try await body(files)
}
