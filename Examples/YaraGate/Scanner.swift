// SPDX-License-Identifier: Apache-2.0

import CYara
import Dispatch
import Glibc
import Sallyport

/// Scans the files of questions, one after another, on a thread of its own: in the tasks' it would hold up the answers.
final class Scanner: Sendable {
    /// The deadline to ask for. Milliseconds.
    static let deadlineMilliseconds: UInt32 = 5000
    /// What a scan may take: less than the deadline, as others wait behind it.
    static let secondsLimit: UInt64 = 2
    /// Of a question's time, what stays for the answer. Nanoseconds.
    static let reserve: UInt64 = 500_000_000
    /// Bytes; what is larger isn't scanned. libyara reads 100 MB a second and more, by simple rules.
    static let sizeLimit: UInt64 = 64 << 20

    private let rules: RuleSet
    private let queue = DispatchQueue(label: "scans")

    init(_ rules: RuleSet) { self.rules = rules }

    func finding(_ question: Question) async -> Finding {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.scan(question)) }
        }
    }

    private func scan(_ question: Question) -> Finding {
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        let end = UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec) + Self.reserve
        guard question.file.size <= Self.sizeLimit else {
            return .unscanned(why: "larger than \(Self.sizeLimit) bytes")
        }
        let seconds = min(question.deadline > end ? (question.deadline - end) / 1_000_000_000 : 0, Self.secondsLimit)
        // 0 would be no limit to libyara, which counts in seconds.
        guard seconds > 0 else { return .unscanned(why: "no time was left") }
        do throws(HeldFile.Failure) {
            let file = try HeldFile(question.file)
            let finding = scan(file.descriptor, seconds: Int32(seconds))
            return file.hasChanged ? .unscanned(why: "it was written meanwhile") : finding
        } catch {
            switch error {
            case .unopenable(let code): return .unscanned(why: String(cString: strerror(code)))
            case .isAnotherFile: return .unscanned(why: "its path leads to another file")
            }
        }
    }

    private func scan(_ descriptor: Int32, seconds: Int32) -> Finding {
        var first: String?
        let code = withUnsafeMutablePointer(to: &first) { first in
            yr_rules_scan_fd(rules.rules, descriptor, SCAN_FLAGS_FAST_MODE, Self.note, first, seconds)
        }
        if let first { return .match(rule: first) }
        switch code {
        case ERROR_SUCCESS: return .clean
        case ERROR_SCAN_TIMEOUT: return .unscanned(why: "no end within \(seconds) s")
        default: return .unscanned(why: "libyara's error \(code)")
        }
    }

    /// The first rule that matches is enough.
    private static let note: YR_CALLBACK_FUNC = { _, message, rule, first in
        guard message == CALLBACK_MSG_RULE_MATCHING, let rule else { return CALLBACK_CONTINUE }
        let name = rule.assumingMemoryBound(to: YR_RULE.self).pointee.identifier.map { String(cString: $0) }
        first?.assumingMemoryBound(to: String?.self).pointee = name ?? "?"
        return CALLBACK_ABORT
    }
}
