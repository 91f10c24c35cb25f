// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import LinuxSystem
import Logging
import Synchronization

/// The findings of this boot on disk, so that a restart of the daemon forgets none: the boot's id, then the API's message.
///
/// ## Concurrency model
/// The monitor's thread says what is to be kept and doesn't wait while it watches: a disk that is slow, or full, or frozen holds up
/// the thread in `run`, which writes the newest, and an orderly end. All behind a mutex.
final class FindingFile: Sendable {
    private struct State {
        var wanted: [Finding]?
        var isStopping = false
    }

    private let path: String
    private let logger: Logger
    private let wakeUp: WakeUp
    private let state = Mutex(State())

    init(path: String, logger: Logger) throws(Errno) {
        self.path = path
        self.logger = logger
        wakeUp = try WakeUp()
    }

    /// None of another boot's, nor of a file that can't be read: findings of a kernel that is gone say nothing about this one.
    func load() -> [Finding] {
        guard let bytes = try? FileSystem.read(path), let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            bytes[..<end].elementsEqual(ProcFS.bootID().utf8)
        else { return [] }
        do {
            let (findings, unreadable) = try StoredFindings.findings(in: Array(bytes[bytes.index(after: end)...]))
            if unreadable > 0 {
                logger.warning(
                    "stored findings of another version of sallyportd can't be read: they are looked for anew",
                    metadata: ["count": "\(unreadable)"])
            }
            return findings
        } catch {
            logger.error(
                "the stored findings can't be read: they are looked for anew",
                metadata: ["path": "\(path)", "reason": "\(error)"])
            return []
        }
    }

    /// Has these replace what is stored, soon.
    func keep(_ findings: [Finding]) {
        state.withLock { $0.wanted = findings }
        wakeUp.call()
    }

    /// Ends `run`, once what is to be kept is.
    func stop() {
        state.withLock { $0.isStopping = true }
        wakeUp.call()
    }

    /// Writes until `stop` is called.
    func run() {
        while true {
            let (wanted, isStopping) = state.withLock { ($0.wanted.take(), $0.isStopping) }
            if let wanted {
                do {
                    try write(wanted)
                } catch {
                    logger.error(
                        "findings can't be stored: they are kept in memory", metadata: ["reason": "\(error)"])
                }
                continue
            }
            if isStopping { return }
            wakeUp.wait(until: nil)
        }
    }

    private func write(_ findings: [Finding]) throws {
        try FileSystem.writeDurably(
            Array(ProcFS.bootID().utf8) + [UInt8(ascii: "\n")] + (try StoredFindings.bytes(findings)), to: path)
    }
}
