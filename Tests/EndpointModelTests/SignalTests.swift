// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Testing

@Suite struct SignalTests {
    @Test func `The names are the kernel's`() {
        for (name, number) in [
            ("HUP", SIGHUP), ("INT", SIGINT), ("QUIT", SIGQUIT), ("ABRT", SIGABRT), ("BUS", SIGBUS), ("KILL", SIGKILL),
            ("USR1", SIGUSR1), ("SEGV", SIGSEGV), ("USR2", SIGUSR2), ("PIPE", SIGPIPE), ("ALRM", SIGALRM),
            ("TERM", SIGTERM), ("STKFLT", SIGSTKFLT), ("CHLD", SIGCHLD), ("CONT", SIGCONT), ("STOP", SIGSTOP),
            ("TSTP", SIGTSTP), ("URG", SIGURG), ("VTALRM", SIGVTALRM), ("WINCH", SIGWINCH), ("IO", SIGIO),
            ("PWR", SIGPWR), ("SYS", SIGSYS),
        ] {
            #expect(Signal(name)?.number == UInt8(number))
            #expect(Signal("SIG" + name)?.number == UInt8(number))
            #expect(Signal(number: Int(number))?.text == name)
        }
    }

    @Test func `Every signal's text is that signal`() throws {
        for number in 0...64 {
            let signal = try #require(Signal(number: number))
            #expect(Signal(signal.text) == signal)
            #expect(Signal(String(number)) == signal)
        }
    }

    @Test func `Real-time signals are counted from the first that programs may use`() {
        #expect(Signal("RTMIN")?.number == 34)
        #expect(Signal("SIGRTMIN+3")?.number == 37)
        #expect(Signal("RTMIN+30")?.number == 64)
    }

    @Test(arguments: [
        "", "SIG", "65", "-1", "kill", "sigkill", "KILLED", "SIGSIGKILL", "RTMIN+31", "RTMIN-1", "RTMIN+-1", "9 ",
        "0x9",
        "RTMIN++",
    ])
    func `What is no signal is refused`(text: String) {
        #expect(Signal(text) == nil)
        #expect(Signal(number: -1) == nil && Signal(number: 65) == nil)
    }

    @Test(arguments: ["RTMIN+", "RTMIN++1", "+9", "SIGRTMIN+", "٩", "RTMIN+٣", "0009", "99999999999999999999"])
    func `A number has digits only`(text: String) {
        #expect(Signal(text) == nil)
    }
}
