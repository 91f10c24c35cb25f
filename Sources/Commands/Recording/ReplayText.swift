// SPDX-License-Identifier: Apache-2.0

import Replay

/// What a replay came to, for people.
enum ReplayText {
    static func lines(_ report: ReplayReport) -> [String] {
        var lines = [
            "\(report.events) events and \(report.gaps) gaps sent; \(report.questions) questions put,"
                + " \(report.questions - report.missed.count) answered"
        ]
        if report.questions > report.missed.count {
            lines.append(
                "answers took \(time(report.latencyMedian)) (median), \(time(report.latency99)) (99 %),"
                    + " \(time(report.latencyMaximum)) at most")
        }
        if report.crashes > 0 {
            lines.append("\(report.crashes) crashes; the agent connected \(report.connections) times")
        }
        if !report.missed.isEmpty { lines.append("never answered: \(list(report.missed))") }
        if !report.late.isEmpty { lines.append("answered after the deadline: \(list(report.late))") }
        if !report.different.isEmpty { lines.append("answered otherwise than recorded: \(list(report.different))") }
        if report.duplicates + report.unasked > 0 {
            lines.append("\(report.duplicates) answers too many, \(report.unasked) to questions that weren't put")
        }
        if report.abandoned { lines.append("the agent didn't connect: nothing more could be sent") }
        return lines
    }

    private static func list(_ questions: [UInt64]) -> String {
        let shown = questions.prefix(20).map(String.init).joined(separator: ", ")
        return questions.count > 20 ? "\(shown) and \(questions.count - 20) more" : shown
    }

    private static func time(_ nanoseconds: UInt64) -> String {
        nanoseconds < 10_000_000 ? "\(nanoseconds / 1000) µs" : "\(nanoseconds / 1_000_000) ms"
    }
}

extension ReplayReport {
    var json: JSONObject {
        [
            "events": .number(events), "gaps": .number(gaps), "questions": .number(questions),
            "missed": .array(missed.map { .number($0) }), "late": .array(late.map { .number($0) }),
            "different": .array(different.map { .number($0) }), "duplicates": .number(duplicates),
            "unasked": .number(unasked), "latency_median_ns": .number(latencyMedian),
            "latency_p99_ns": .number(latency99), "latency_max_ns": .number(latencyMaximum),
            "crashes": .number(crashes), "connections": .number(connections), "abandoned": .bool(abandoned),
            "clean": .bool(isClean),
        ]
    }
}
