// SPDX-License-Identifier: Apache-2.0

/// Why the daemon can't start, in a sentence that says what to do.
struct StartupError: Error, CustomStringConvertible {
    var description: String
    /// The exit status: 3 when rights are missing, else 1.
    var status: Int32

    init(_ description: String, status: Int32 = 1) {
        self.description = description
        self.status = status
    }
}
