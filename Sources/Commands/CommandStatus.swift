// SPDX-License-Identifier: Apache-2.0

package import Sallyport

/// The exit statuses of every command.
package enum CommandStatus: Int32, Sendable {
    case success = 0
    /// The answer is a bad one: findings, errors in a policy, a refusal.
    case findings = 1
    /// The command line makes no sense.
    case usage = 2
    /// The platform can't be reached, or isn't ready, or doesn't admit this user.
    case unreachable = 3

    package init(_ error: SallyportError) {
        switch error.code {
        case .unreachable, .permissionDenied, .incompatible, .cancelled: self = .unreachable
        default: self = .findings
        }
    }
}

/// Ends a command with a status and a message for people.
package struct CommandFailure: Error, Sendable {
    package var status: CommandStatus
    package var message: String

    package init(_ status: CommandStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}
