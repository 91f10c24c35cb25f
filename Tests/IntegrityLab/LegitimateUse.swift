// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import KernelIntegrity
import LinuxSystem

extension Lab {
    /// Scans with all checks while every act is done over and over; returns how many violations were found, all of them false.
    func legitimate(seconds: UInt64, acts: [Act]) throws -> Int {
        let scan = IntegrityScan(view)
        // The baselines are of before.
        for check in checks { _ = try scan.run(check) }
        let children = try acts.map { act in
            try ChildProcess(["/proc/self/exe", "act", act.rawValue, "\(seconds)"], inheriting: [])
        }
        let end = Clock.awake() + seconds * 1_000_000_000
        var scans = 0
        var wrong: [String: Int] = [:]
        var explained: [String: Int] = [:]
        var gaps: [String: Int] = [:]
        var longest: [String: Double] = [:]
        while Clock.awake() < end {
            // Full ones less often, as they are to be.
            for check in checks where check.pace == .fast || scans % 4 == 0 {
                let start = Clock.awake()
                let result = try scan.run(check)
                longest[check.name] = max(longest[check.name] ?? 0, Double(Clock.awake() - start) / 1_000_000)
                for observation in result.observations {
                    switch observation.severity {
                    case .violation:
                        let text = "\(check.name): \(observation.summary)"
                        if wrong[text] == nil, wrong.count < 40 {
                            print("FALSE after \(scans) scans: \(text)\(Self.bytes(observation))")
                        }
                        wrong[text, default: 0] += 1
                    case .explained: explained["\(check.name): \(Self.kind(observation))", default: 0] += 1
                    case .weakness: break
                    }
                }
                for gap in result.gaps { gaps["\(check.name): \(gap)", default: 0] += 1 }
            }
            scans += 1
            Clock.sleep(microseconds: 100_000)
            fflush(nil)
        }
        for child in children { _ = child.wait() }
        for act in acts { print("  \(act.outcome)") }
        for (text, count) in explained.sorted(by: { $0.key < $1.key }) { print("  explained \(count): \(text)") }
        for (text, count) in gaps.sorted(by: { $0.key < $1.key }) { print("  not looked at \(count): \(text)") }
        let longestOnes = longest.sorted { $0.value > $1.value }.prefix(4).map { "\($0.key) \(Int($0.value)) ms" }
        print(
            "LEGITIMATE \(scans) scans in \(seconds) s, \(wrong.count) false; longest: \(longestOnes.joined(separator: ", "))"
        )
        return wrong.count
    }

    private static func bytes(_ observation: Observation) -> String {
        guard let difference = observation.differences.first else { return "" }
        func text(_ bytes: [UInt8]) -> String {
            bytes.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        return ", \(text(difference.expected)) -> \(text(difference.found))"
    }

    /// Without the numbers by which one program differs from the next.
    private static func kind(_ observation: Observation) -> String {
        String(observation.attribution.filter { !$0.isNumber }.prefix(90))
    }
}
