// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A length of time on the command line: a whole number and a unit, such as `500ms`, `10s` or `2m`.
package struct DurationArgument: ExpressibleByArgument, Hashable, Sendable {
    package var duration: Duration

    package init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= 1_000_000 else { return nil }
        switch argument.dropFirst(digits.count) {
        case "ms": duration = .milliseconds(number)
        case "s": duration = .seconds(number)
        case "m": duration = .seconds(number * 60)
        case "h": duration = .seconds(number * 3600)
        default: return nil
        }
    }
}
