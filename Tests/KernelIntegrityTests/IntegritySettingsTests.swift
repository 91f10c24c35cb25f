// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelIntegrity
import Testing

/// What the site decides about the monitor.
@Suite struct IntegritySettingsTests {
    @Test(arguments: [0.0, 0.01, 0.5, 0.99, 1.0], [UInt64(0), 1_000_000, 900_000_000, 40_000_000_000])
    func `The next look has ended by the maximum, even if it takes as long again`(draw: Double, duration: UInt64) {
        let settings = IntegritySettings(fastMaximum: 30, fullMaximum: 300)
        for (pace, maximum) in [(CheckPace.fast, UInt64(30)), (.full, 300)] {
            let pause = settings.pause(of: pace, lasting: duration, draw: draw)
            #expect(pause >= maximum * 1_000_000_000 / 40)
            if duration < maximum * 1_000_000_000 / 10 { #expect(pause + 4 * duration <= maximum * 1_000_000_000) }
        }
    }

    @Test func `When it looks next can't be foreseen`() {
        let settings = IntegritySettings()
        let pauses = Set((0..<100).map { settings.pause(of: .fast, lasting: 0, draw: Double($0) / 100) })
        #expect(pauses.count == 100)
    }

    @Test func `Responses are for all checks or for one`() throws {
        let settings = try IntegritySettings(
            fastMaximum: 30, fullMaximum: 300, responses: ["isolate", "kernel-text=panic"])
        #expect(settings.response(of: "kernel-text") == .panic && settings.response(of: "modules") == .isolate)
    }

    @Test(arguments: ["kill", "kernel-text=kill", "no-such-check=panic", "a=b=panic", "", "kernel-text="])
    func `What is no response, or of no check, is refused`(text: String) {
        #expect(throws: IntegritySettingsError.self) {
            try IntegritySettings(fastMaximum: 30, fullMaximum: 300, responses: [text])
        }
    }
}
