// SPDX-License-Identifier: Apache-2.0

import Glibc
import KernelPrograms
import LinuxSystem

/// The note in the state directory that this kernel has accepted every program of this build.
///
/// The coverage of tier `enforce` is claimed only where the kernel's verifier has accepted all programs. It has to look at
/// them all at the first start of a build on a kernel; later starts load a program when something needs it. (Under
/// emulation, where it takes 100–300 ms a program, a start takes 2 s instead of 10.)
struct VerifiedPrograms {
    private let path: String

    init(stateDirectory: String) {
        path = stateDirectory + "/verified-programs"
    }

    /// Whether the note is there and is of this kernel and this build.
    var areKnown: Bool { (try? FileSystem.readText(path)) == Self.note }

    /// Notes that all were accepted just now. Without the note the next start only takes longer.
    func remember() { try? FileSystem.writeDurably(Array(Self.note.utf8), to: path) }

    /// After a program was refused: the next start looks at all of them again.
    func forget() { unlink(path) }

    private static var note: String {
        "kernel \(ProcFS.kernelVersion())\nprograms \(String(KernelObject.sallyport.checksum, radix: 16))\n"
    }
}
