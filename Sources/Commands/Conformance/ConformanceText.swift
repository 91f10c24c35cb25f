// SPDX-License-Identifier: Apache-2.0

package import Conformance

/// What an agent's checks came to.
package enum ConformanceText {
    static func line(_ result: ConformanceResult, _ screen: Screen) -> String {
        let name = result.check.rawValue.padding(to: 26)
        return switch result.outcome {
        case .passed(let detail):
            "pass  \(name) \(result.check.sentence)\(detail.isEmpty ? "" : " (\(detail))")"
        case .failed(let reason):
            "\(screen.style.red("FAIL"))  \(name) \(VisibleText(reason).text)"
        case .notApplicable(let reason): "n/a   \(name) \(reason)"
        }
    }

    static func summary(_ results: [ConformanceResult]) -> String {
        let counts = counts(results)
        return "\(counts.passed) passed, \(counts.failed) failed, \(counts.notApplicable) not applicable"
    }

    /// As `docs/schema/conformance.json` says.
    package static func json(_ results: [ConformanceResult]) -> JSONObject {
        let counts = counts(results)
        return [
            "passed": .number(counts.passed), "failed": .number(counts.failed),
            "not_applicable": .number(counts.notApplicable), "conforming": .bool(counts.failed == 0),
            "checks": .array(results.map { .object($0.json) }),
        ]
    }

    private static func counts(_ results: [ConformanceResult]) -> (passed: Int, failed: Int, notApplicable: Int) {
        let failed = results.count(where: \.isFailure)
        let notApplicable = results.count { if case .notApplicable = $0.outcome { true } else { false } }
        return (results.count - failed - notApplicable, failed, notApplicable)
    }
}

extension ConformanceResult {
    fileprivate var json: JSONObject {
        let (word, detail) =
            switch outcome {
            case .passed(let detail): ("passed", detail)
            case .failed(let reason): ("failed", reason)
            case .notApplicable(let reason): ("not_applicable", reason)
            }
        return [
            "check": .string(check.rawValue), "summary": .string(check.sentence), "outcome": .string(word),
            "detail": detail.isEmpty ? .null : .string(detail),
        ]
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - utf8.count))
    }
}
