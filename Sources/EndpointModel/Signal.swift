// SPDX-License-Identifier: Apache-2.0

/// A signal, by its number on x86-64 and AArch64. 0 asks only whether one could be sent.
public struct Signal: Hashable, Sendable, Codable {
    public static let maximum: UInt8 = 64

    /// 0 … 64.
    public let number: UInt8

    public init?(number: Int) {
        guard (0...Int(Self.maximum)).contains(number) else { return nil }
        self.number = UInt8(number)
    }

    /// `TERM`, `SIGTERM`, `15`; real-time signals are numbers, or `RTMIN+3`.
    public init?(_ text: String) {
        if let number = Self.decimal(text[...]) {
            self.init(number: number)
            return
        }
        let name = text.hasPrefix("SIG") ? String(text.dropFirst(3)) : text
        if let index = Self.names.firstIndex(of: name), index > 0 {
            self.init(number: index)
        } else if name == "RTMIN" {
            self.init(number: Self.firstRealTime)
        } else if name.hasPrefix("RTMIN+") {
            guard let offset = Self.decimal(name.dropFirst(6)) else { return nil }
            self.init(number: Self.firstRealTime + offset)
        } else {
            return nil
        }
    }

    /// `SIGRTMIN` as programs have it: the C library keeps two for itself.
    private static let firstRealTime = 34

    /// One to three digits and nothing else: `Int` takes a sign as well.
    private static func decimal(_ text: Substring) -> Int? {
        guard (1...3).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }

    /// The name without `SIG`, or the number where there is none.
    public var text: String { Int(number) < Self.names.count ? Self.names[Int(number)] : "\(number)" }

    /// By number; 0 has no name of its own.
    public static let names = [
        "0", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ]
}
