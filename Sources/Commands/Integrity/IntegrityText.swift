// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

extension Finding {
    package var json: JSONObject {
        [
            "id": .unsigned(id), "check": .string(check), "severity": .string("\(severity)"),
            "subject": .string(subject), "summary": .string(summary), "attribution": .string(attribution),
            "advice": .string(advice), "process": process.map { .number($0) } ?? .null,
            "differences": .array(differences.map { .object($0.json) }),
            "first_seen": .string(Timestamp(nanoseconds: firstSeen).rfc3339),
            "last_seen": .string(Timestamp(nanoseconds: lastSeen).rfc3339),
            "ended": ended.map { .string(Timestamp(nanoseconds: $0).rfc3339) } ?? .null,
            "response": .string("\(response)"),
        ]
    }

    /// One line: when, how bad, by which check, what.
    func line(_ screen: Screen) -> String {
        let word = ended == nil ? "\(severity)" : "gone"
        return [
            screen.style.dim(Timestamp(nanoseconds: ended ?? firstSeen).local), screen.style.paint(word, paint),
            VisibleText(check).text,
            VisibleText(summary).text,
        ].joined(separator: "  ")
    }

    /// All there is to say, in lines.
    func lines(_ screen: Screen) -> [String] {
        var lines = [line(screen)]
        if !attribution.isEmpty { lines.append("    by: \(VisibleText(attribution).text)") }
        for difference in differences {
            let place =
                difference.offset == 0
                ? difference.symbol : "\(difference.symbol)+0x\(String(difference.offset, radix: 16))"
            lines.append("    at \(VisibleText(place).text)")
            if !difference.expected.isEmpty { lines.append("      expected \(hexadecimal(difference.expected))") }
            if !difference.found.isEmpty { lines.append("      found    \(hexadecimal(difference.found))") }
        }
        if ended == nil, response != .report { lines.append("    response: \(response)") }
        if ended == nil, !advice.isEmpty { lines.append("    \(VisibleText(advice).text)") }
        return lines
    }

    private var paint: Style.Paint {
        switch severity {
        case _ where ended != nil: .dim
        case .explained: .plain
        case .weakness: .yellow
        case .violation: .red
        }
    }
}

extension Finding.Difference {
    var json: JSONObject {
        [
            "symbol": .string(symbol), "offset": .unsigned(offset), "expected": .string(hexadecimal(expected)),
            "found": .string(hexadecimal(found)),
        ]
    }
}

/// `cc 90`, the first byte first.
func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}

extension IntegrityStatus {
    package var json: JSONObject {
        [
            "checks": .array(checks.map { .object($0.json) }), "fast_maximum_seconds": .number(fastMaximum),
            "full_maximum_seconds": .number(fullMaximum),
            "since": since == 0 ? .null : .string(Timestamp(nanoseconds: since).rfc3339),
            "processor_milliseconds": .unsigned(processorTime / 1_000_000), "baseline": .string(baseline),
            "isolated": .bool(isIsolated), "violations": .number(violations),
        ]
    }

    /// Open ones, of all checks.
    var violations: Int { checks.reduce(0) { $0 + $1.violations } }

    func lines(_ screen: Screen) -> [String] {
        var table = Table([
            .init("CHECK"), .init("LOOKED", right: true), .init("LAST", right: true), .init("TOOK", right: true),
            .init("FOUND", right: true), .init("RESPONSE"), .init("COMPARED", minimum: 16),
        ])
        for check in checks {
            table.append([
                .init(VisibleText(check.name).text), .init(String(check.looks)),
                .init(
                    check.lastLook == 0 ? "-" : Timestamp(nanoseconds: check.lastLook).localClock(milliseconds: false)),
                .init(check.lastLook == 0 ? "-" : "\(check.duration / 1_000_000) ms"),
                .init(String(check.violations), check.violations == 0 ? .green : .red), .init("\(check.response)"),
                .init(VisibleText(check.extent).text),
            ])
        }
        var lines = ["baseline: \(VisibleText(baseline).text)"]
        if isIsolated { lines.append(screen.style.red("isolated: new executions are refused but for the site's")) }
        lines.append(
            "a change is found within \(fastMaximum) s, of all text and constants within \(fullMaximum) s")
        if !checks.isEmpty { lines += table.lines(on: screen) }
        let gaps = checks.flatMap { check in
            check.gaps.map { "not looked at: \(VisibleText(check.name).text): \(VisibleText($0).text)" }
        }
        return lines + gaps
    }
}

extension IntegrityStatus.Check {
    package var json: JSONObject {
        [
            "name": .string(name), "covers": .string(covers), "pace": .string(isFull ? "full" : "fast"),
            "response": .string("\(response)"), "looks": .unsigned(looks),
            "last_look": lastLook == 0 ? .null : .string(Timestamp(nanoseconds: lastLook).rfc3339),
            "duration_microseconds": .unsigned(duration / 1000), "extent": .string(extent),
            "baseline": .string(baseline), "gaps": .array(gaps.map(JSONValue.string)),
            "violations": .number(violations), "explained": .number(explained),
        ]
    }
}
