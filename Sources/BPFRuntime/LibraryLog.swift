// SPDX-License-Identifier: Apache-2.0

import CLibBPF
import Glibc
import Synchronization

/// What libbpf says while it works, kept so that an error can quote it. Nothing is printed.
enum LibraryLog {
    /// Lines kept; the verifier's log ends with what matters.
    static let maxLines = 400

    private static let lines = Mutex<[String]>([])

    /// Registers with libbpf, once a process.
    static let install: Void = {
        _ = libbpf_set_print(receiveLibraryMessage)
    }()

    static func clear() { lines.withLock { $0.removeAll() } }

    static func append(_ text: String) {
        lines.withLock { lines in
            lines.append(contentsOf: text.split(separator: "\n").suffix(maxLines).map(String.init))
            if lines.count > maxLines { lines.removeFirst(lines.count - maxLines) }
        }
    }

    static func last(_ count: Int) -> [String] { lines.withLock { Array($0.suffix(count)) } }

    /// The program that libbpf reported as failing to load, if it did.
    static func failedProgram() -> String? {
        lines.withLock { lines in
            for line in lines where line.contains("load failed") {
                let parts = line.split(separator: "'", omittingEmptySubsequences: false)
                if parts.count >= 2 { return String(parts[1]) }
            }
            return nil
        }
    }

    /// The verifier's last lines for the program that failed.
    static func verifierTail(_ count: Int) -> [String] {
        lines.withLock { lines in
            guard let end = lines.lastIndex(where: { $0.contains("END PROG LOAD LOG") }) else {
                return Array(lines.suffix(count))
            }
            return Array(lines[max(0, end - count)..<end])
        }
    }
}

/// Not a closure: one written in place could inherit an actor's isolation and trap on a C thread.
nonisolated private func receiveLibraryMessage(
    _ level: libbpf_print_level, _ format: UnsafePointer<CChar>?, _ arguments: CVaListPointer?
) -> Int32 {
    guard level.rawValue <= LIBBPF_INFO.rawValue, let format, let arguments else { return 0 }
    // libbpf hands over the verifier's log as one message of up to 16 MiB, and its end is what matters. Memory that the
    // message doesn't reach is never touched.
    let size = 17 << 20
    guard let text = malloc(size)?.assumingMemoryBound(to: CChar.self) else { return 0 }
    defer { free(text) }
    guard vsnprintf(text, size, format, arguments) >= 0 else { return 0 }
    LibraryLog.append(String(cString: text))
    return 0
}
