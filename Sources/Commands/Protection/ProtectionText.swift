// SPDX-License-Identifier: Apache-2.0

import EndpointModel

extension ProtectedObject {
    /// What it is, in a word.
    var word: String {
        switch self {
        case .executable(_, let children): children ? "executable, children" : "executable"
        case .file: "file"
        case .directory: "directory"
        }
    }
}

extension ProtectionEntry {
    var json: JSONObject {
        [
            "id": .unsigned(id), "vendor": .string(vendor), "what": .string(object.word),
            "path": .string(String(decoding: object.path, as: UTF8.self)), "refused": .unsigned(refused),
            "sealed": .bool(isSealed),
        ]
    }
}
