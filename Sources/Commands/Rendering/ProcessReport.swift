// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// The living processes as a list.
package enum ProcessReport {
    package static func lines(_ processes: [Process], on screen: Screen) -> [String] {
        var table = Table([
            Table.Column("pid", right: true), Table.Column("parent", right: true), Table.Column("uid", right: true),
            Table.Column("command", minimum: 12),
        ])
        for process in processes {
            let command = CommandLineText(process)
            table.append([
                Table.Cell(String(process.identity.pid)), Table.Cell(process.parent.map { String($0.pid) } ?? "-"),
                Table.Cell(String(process.credentials.uid)),
                Table.Cell(command.fitted(to: .max), shorten: command.fitted),
            ])
        }
        return table.lines(on: screen)
    }
}

/// What a process runs: the executable as the kernel saw it, and the arguments as the process was given them. Argument 0
/// is left out, because it is whatever the caller liked.
struct CommandLineText {
    private let exe: String
    private let arguments: String

    init(_ process: Process) {
        exe = process.exe.bytes.isEmpty ? "(\(VisibleText(process.command).text))" : VisibleText(process.exe).text
        arguments =
            VisibleText(arguments: Array(process.arguments.dropFirst()), truncated: process.argumentsTruncated).text
    }

    /// The arguments give way first, then the executable's path in its middle.
    func fitted(to width: Int) -> String {
        let whole = arguments.isEmpty ? exe : exe + " " + arguments
        if whole.displayWidth <= width { return whole }
        let room = width - exe.displayWidth - 2
        return room > 3 ? exe + " " + arguments.columns(first: room) + "…" : exe.middleTruncated(to: width)
    }
}
