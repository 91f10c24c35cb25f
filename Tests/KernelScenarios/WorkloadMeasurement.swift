// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import CKernelActs
import EndpointModel
import Glibc
import KernelABI
import KernelPrograms
import Sallyport

/// How many operations of a build are decided without a walk along a path, under the policies that are shipped.
///
/// The build is a shell's: for each of its objects a shell starts a program that reads a hundred headers and writes an
/// object, one that turns it into another, one that looks for its dependencies, and renames and removes what they leave.
enum WorkloadMeasurement {
    private static let policies = [
        ("server", ["server-default", "memfd-and-deleted", "no-foreign-debuggers"]),
        ("server_and_secrets", ["server-default", "memfd-and-deleted", "no-foreign-debuggers", "protect-secrets"]),
    ]

    private static let headers = 100
    private static let objects = 40

    private struct Counts {
        /// Operations that a rule is on, and none of them concerned the subject.
        var fast: [EndpointModel.Operation: UInt64] = [:]
        var decided: [EndpointModel.Operation: UInt64] = [:]
        var walks: UInt64 = 0
    }

    /// One JSON object: policies, figures.
    static func run(_ lab: Lab) async throws -> String {
        let script = try prepare()
        var rows: [String] = []
        for (name, files) in policies {
            let words = [lab.daemon.cli, "policy", "apply", "--socket", lab.daemon.socketPath]
            _ = try Lab.output(words + files.map { "policies/\($0).yaml" })
            // The first build finds out what is kept.
            for isCounted in [false, true] {
                let before = try counts()
                try expect(Lab.exec(script.shell, [script.path]), 0, "status of the build")
                if isCounted { rows.append("\"\(name)\": \(text(try counts(), since: before))") }
            }
        }
        return "{" + rows.joined(separator: ", ") + "}"
    }

    private static func prepare() throws -> (shell: String, path: String) {
        let folder = try Lab.folder("build")
        for name in ["bin", "include"] { _ = try Lab.folder("build/" + name) }
        let shell = try Lab.shell(folder + "/bin/sh")
        for tool in ["cat", "sed", "grep", "mv", "rm"] { try Lab.copy(shell, to: folder + "/bin/" + tool) }
        for number in 0..<headers {
            try Lab.write("#define HEADER_\(number) 1\n", to: folder + "/include/header-\(number).h", mode: 0o644)
        }
        let script = """
            cd \(folder)
            b=\(folder)/bin
            n=0
            while [ $n -lt \(objects) ]; do
                $b/sh -c "$b/cat include/*.h > object-$n.s" || exit 1
                $b/sed s/define/set/ object-$n.s > .object-$n.o || exit 1
                $b/grep HEADER_9 include/*.h > .object-$n.cmd || exit 1
                $b/mv .object-$n.o object-$n.o || exit 1
                $b/rm object-$n.s || exit 1
                n=$((n + 1))
            done
            """
        try Lab.write(script, to: folder + "/build.sh")
        return (shell, folder + "/build.sh")
    }

    private static func counts() throws -> Counts {
        let program = try AttachedProgram(attachmentPinnedAt: try Attachments.path(of: .fileOpen))
        guard let runtime = program.values(ofMapNamed: ".data.runtime") else {
            throw Failure("the program's map isn't there")
        }
        let operations = Int(SP_OPERATIONS)
        let first = MemoryLayout<sp_runtime>.offset(of: \.fast)! / MemoryLayout<UInt64>.stride
        var counts = Counts()
        for operation in OperationCatalogue.all.map(\.operation) {
            let number = Int(operation.kernelNumber)
            counts.decided[operation] = try Counters.value(SP_COUNT_DECIDED, plus: UInt32(number))
            counts.fast[operation] = stride(from: first + number, to: runtime.count, by: operations).reduce(0) {
                $0 + runtime[$1]
            }
        }
        counts.walks = try Counters.value(SP_COUNT_WALKS)
        return counts
    }

    private static func text(_ after: Counts, since before: Counts) -> String {
        var parts: [String] = []
        var all: UInt64 = 0
        for operation in OperationCatalogue.all.map(\.operation) {
            let fast = after.fast[operation]! - before.fast[operation]!
            let decided = after.decided[operation]! - before.decided[operation]!
            all += fast + decided
            guard fast + decided > 0 else { continue }
            parts.append("\"\(operation.rawValue)\": {\"fast\": \(fast), \"decided\": \(decided)}")
        }
        let walks = after.walks - before.walks
        let share = (Double(all - walks) / Double(all) * 1000).rounded() / 1000
        return "{\"operations\": \(all), \"walks\": \(walks), \"without_walk\": \(share), "
            + parts.joined(separator: ", ") + "}"
    }
}
