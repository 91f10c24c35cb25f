// SPDX-License-Identifier: Apache-2.0

import EndpointModel

extension Policy {
    /// At least as many bytes as its message has: what varies is counted, what surrounds it is rounded up.
    ///
    /// It costs no copy, so that what is too large is refused before it is encoded. Lists of digests, which are nearly
    /// all of a large policy, are counted exactly.
    package var messageSize: Int {
        let text = name.utf8.count + vendor.utf8.count + summary.utf8.count
        return rules.reduce(text + Overhead.policy + (scope?.messageSize ?? 0)) { $0 + $1.messageSize }
    }
}

/// Bytes that surround what varies. A key takes one or two, a length up to five.
private enum Overhead {
    /// The keys and lengths of a policy, its mode, and the time at which it was installed.
    static let policy = 64
    /// The keys and lengths of a rule, its action, time-out and fallbacks.
    static let rule = 64
    /// Of a message or a list with at most as many bytes as a length can say.
    static let message = 8
    /// Of an enum's value or a signal's number, packed.
    static let value = 2
}

extension Rule {
    fileprivate var messageSize: Int {
        Overhead.rule + name.utf8.count + (subject?.messageSize ?? 0) + (object?.messageSize ?? 0)
            + Overhead.value * (operations.count + access.count + signals.count + mappings.count + areas.count)
    }
}

extension Condition {
    fileprivate var messageSize: Int {
        (all + not).reduce(Overhead.message) { $0 + $1.messageSize }
    }
}

extension FieldCondition {
    fileprivate var messageSize: Int {
        // The field's own message, and within it the list's.
        2 * Overhead.message
            + {
                switch self {
                case .path(let list), .exe(let list), .cgroup(let list), .ancestor(let list), .interpreter(let list):
                    Overhead.value + Self.size(list.patterns, \.text)
                case .digest(let digests), .verity(let digests): Digest.byteCount * digests.count
                case .filesystem(let names), .vendor(let names): Self.size(names, \.self)
                case .flags(let flags): Self.size(flags, \.rawValue)
                case .user(let accounts), .group(let accounts): Self.size(accounts, \.text)
                case .capability(let capabilities): Self.size(capabilities, \.text)
                case .container(let containers): Self.size(containers, \.text)
                }
            }()
    }

    private static func size<Value>(_ values: [Value], _ text: (Value) -> String) -> Int {
        values.reduce(0) { $0 + text($1).utf8.count + Overhead.message }
    }
}
