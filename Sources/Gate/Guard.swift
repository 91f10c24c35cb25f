// SPDX-License-Identifier: Apache-2.0

import CGate
import Glibc
import LinuxSystem

/// The guard: a process beside the daemon that answers what the daemon doesn't.
///
/// It has the fanotify group and the ledger from the daemon, and opens no file once it is ready, so nothing that is held
/// can hold it. It ends when the daemon ends it, or, in every mode but `deny`, when the daemon has died and everything
/// held has been answered.
public struct Guard {
    /// How long the daemon may be silent before it counts as away, unless configured otherwise.
    public static let patience = Duration.milliseconds(200)
    /// How long after a deadline the guard gives the fallback: the daemon comes first.
    public static let grace = Duration.milliseconds(25)
    /// How many numbers are swept at once.
    static let sweepStep: Int32 = 512
    /// How often it looks at the ledger while questions are open; milliseconds.
    static let openInterval: UInt64 = 25
    /// How often it looks whether the daemon is back; milliseconds.
    static let awayInterval: UInt64 = 10

    let ledger: Ledger
    let group: FanotifyGroup
    let daemon: ProcessReference
    let daemonPID: Int32
    let listing: DescriptorListing
    private var isAway = false

    /// Runs in a process that a gate has started, until it has to end; returns its exit status.
    public static func run() -> Int32 {
        IndependentProcess.become(name: "sallyport-guard", descriptors: 5)
        do {
            var guardian = try Guard()
            guardian.watch()
            return 0
        } catch {
            return 1
        }
    }

    /// - Throws: when it wasn't started by a gate, or that has ended already.
    private init() throws(Errno) {
        ledger = try Ledger(adopting: 3)
        group = FanotifyGroup(inherited: 4)
        daemonPID = Int32(truncatingIfNeeded: ledger.daemon.load())
        guard let daemon = ProcessReference(daemonPID), getppid() == daemonPID else {
            throw Errno("find the daemon", code: ESRCH)
        }
        self.daemon = daemon
        listing = try DescriptorListing(of: daemonPID)
        try DescriptorLimit.set(Gate.guardDescriptorLimit)
        IndependentProcess.reserveDescriptors(below: Int32(Gate.descriptorLimit))
        ledger.guardian.store(UInt64(getpid()))
    }

    private mutating func watch() {
        while ledger.ending.load() == 0 {
            if daemon.hasEnded() { return outlive() }
            let patience = ledger.patience.load()
            let silence = Clock.awake() &- ledger.daemonBeat.load()
            // A beat that is newer than the time just read is no silence.
            let isSilent = silence > patience && silence < UInt64.max / 2
            if isSilent, !isAway {
                ledger.absences.add(1)
                if ledger.reading.load() != 0 { sweep(listing.numbers()) }
            }
            isAway = isSilent
            answerOverdue(now: Clock.boot())
            if isAway {
                answerNew()
                wait(Self.awayInterval, forQuestions: true)
            } else {
                let rest = patience > silence ? (patience - silence) / 1_000_000 + 1 : 1
                wait(min(rest, ledger.open.load() > 0 ? Self.openInterval : rest), forQuestions: false)
            }
        }
    }

    /// The daemon is dead: nobody else will answer anything.
    private func outlive() {
        ledger.orphaned.store(1)
        ledger.absences.add(1)
        // Nobody sees any more whether what passes unasked is written.
        group.forgetPasses()
        answerOverdue(now: UInt64.max)
        // What it had read and not written down; it has no descriptors any more that could tell.
        // It got the lowest ones that were free, so those wait least; whoever asks meanwhile, a part of it.
        if ledger.reading.load() != 0 {
            for start in stride(from: 0, to: Int32(Gate.descriptorLimit), by: Int(Self.sweepStep)) {
                sweep(start..<start + Self.sweepStep)
                answerNew()
            }
        }
        if ledger.mode.load() != UInt64(GATE_GUARD_DENIES) {
            // The group ends with this process, and the kernel lets pass what comes.
            answerNew()
            return
        }
        while ledger.ending.load() == 0 {
            answerNew()
            var polled = pollfd(fd: group.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&polled, 1, Int32(Self.openInterval))
        }
        // Another daemon's gate holds all this by now. What had come before is decided as ever; nothing is added to it.
        group.releaseAll()
        while answerNew() {}
    }

    private func wait(_ milliseconds: UInt64, forQuestions: Bool) {
        var polled = [
            pollfd(fd: daemon.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: group.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        poll(&polled, forQuestions ? 2 : 1, Int32(clamping: milliseconds))
    }
}
