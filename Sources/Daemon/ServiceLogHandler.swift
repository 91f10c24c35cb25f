// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging

/// Logs to stderr: with the service manager's priority prefix under journald, with level and time elsewhere.
struct ServiceLogHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]
    private let underJournal = getenv("JOURNAL_STREAM") != nil

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let pairs = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let fields = pairs.map { " \($0.key)=\($0.value)" }.joined()
        // A message may quote what a client sent: no control characters into the log.
        let prefix = underJournal ? "<\(Self.priority(event.level))>" : ""
        // Each line of a message is an entry of its own in the journal: each gets the priority.
        let text = Self.printable("\(event.message)\(fields)", continuation: "\n\(prefix)    ")
        let line = underJournal ? "\(prefix)\(text)\n" : "\(Self.time()) \(event.level) \(text)\n"
        _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    }

    private static func printable(_ text: String, continuation: String) -> String {
        var clean = ""
        for scalar in text.unicodeScalars {
            if scalar == "\n" {
                clean += continuation
            } else if scalar.value < 0x20 || scalar.value == 0x7f {
                clean += "\\x" + String(scalar.value, radix: 16)
            } else {
                clean.unicodeScalars.append(scalar)
            }
        }
        return clean
    }

    /// syslog(3) priorities.
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }

    private static func time() -> String {
        var now = time_t(Glibc.time(nil))
        var parts = tm()
        gmtime_r(&now, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
