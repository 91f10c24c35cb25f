// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import Glibc
import KernelABI
import KernelPrograms
import LinuxSystem
import Synchronization

/// Why a response isn't there, or isn't given up.
public struct ResponseFailure: Error, CustomStringConvertible, Sendable {
    public var description: String
    public init(_ description: String) { self.description = description }
}

/// The object of responses in the kernel, for ``Watchdog`` and ``Isolation``: loaded here, or left pinned by a daemon that ended
/// and gone on with.
///
/// Everything is pinned below ``folder``, which is to be guarded like the pins of protection; its maps and programs are this
/// process's as any other's, for `OwnProcess.takeBPFObjects`.
///
/// ## Concurrency model
/// Opened on one thread before it is shared. The words that are shared with the kernel have one writer each, and are written
/// and read whole; finding out a file's identity is behind a mutex, as there is one place that the kernel writes it to.
public final class ResponseKernel: Sendable {
    public static let folder = "/sys/fs/bpf/sallyport/integrity"

    let object: BPFObject
    /// Whether a former daemon's is gone on with: what its watchdog has recorded is there, and isolation is as it was.
    public let isAdopted: Bool
    /// Whether executions can be refused: this kernel was started with the BPF LSM.
    public let canIsolate: Bool
    /// The attachment that was found, held as long as this process lives.
    private let found: Int32?
    private let identifying = Mutex(())

    /// Finds what is pinned, or loads, attaches and pins it. Nothing is watched or refused by that alone.
    ///
    /// What another version left is replaced, unless it is sealed.
    ///
    /// - Throws: `ResponseFailure` where what is pinned may not be used or replaced, `BPFError` where it can't be loaded. There is
    ///   no watchdog and no isolation then.
    public init() throws {
        canIsolate = ProcFS.securityModules()?.contains("bpf") ?? false
        let version = BPFObject.pinnedNumber(UInt32.self, at: Self.pin(.words))
        let isSealed = BPFObject.pinnedNumber(UInt32.self, at: Self.pin(.words), offset: 4).map { $0 != 0 } ?? false
        if let version, version != SP_RESPONSE_VERSION {
            guard !isSealed else {
                throw ResponseFailure(
                    "this kernel's watchdog is a sealed one of another version of sallyportd: start that one, or restart"
                        + " the machine")
            }
            Self.unpin()
        }
        object = try KernelObject.response.withBytes { bytes throws(BPFError) in
            try BPFObject(elf: bytes, name: "response")
        }
        isAdopted = try object.adoptMap(ResponseMap.words.rawValue, pinnedAt: Self.pin(.words))
        if isAdopted {
            for map in ResponseMap.allCases where map != .words {
                guard try object.adoptMap(map.rawValue, pinnedAt: Self.pin(map)) else {
                    throw ResponseFailure("\(Self.pin(map)) is missing: restart the machine")
                }
            }
        }
        found = isAdopted ? BPFObject.pinnedLink(at: Self.linkPin) : nil
        try object.setLoads(ResponseProgram.isolate.rawValue, canIsolate && found == nil)
        try object.load()
        _ = try object.memory(of: ResponseMap.words.rawValue)
        if !isAdopted { try pin() }
        if canIsolate, found == nil {
            try object.attach(ResponseProgram.isolate.rawValue)
            try object.pinLink(ResponseProgram.isolate.rawValue, at: Self.linkPin)
        }
    }

    private func pin() throws {
        words.pointee.version = SP_RESPONSE_VERSION
        try FileSystem.makeDirectory(Self.folder, mode: 0o700)
        // What one left that ended while it did this. The words last: where they aren't, the rest doesn't count.
        for name in try FileSystem.list(Self.folder) { unlink("\(Self.folder)/\(name)") }
        for map in ResponseMap.allCases where map != .words { try object.pinMap(map.rawValue, at: Self.pin(map)) }
        try object.pinMap(ResponseMap.words.rawValue, at: Self.pin(.words))
    }

    deinit { if let found { close(found) } }

    /// Makes it stay until the machine is started again: from here on the watchdog isn't stopped and isolation not lifted.
    public func seal() { words.pointee.sealed = 1 }

    public var isSealed: Bool { words.pointee.sealed != 0 }

    /// Takes all out of the kernel: when Sallyport is removed. It goes with this object's end.
    public func remove() throws(ResponseFailure) {
        guard !isSealed else { throw Self.sealed("the watchdog and isolation stay") }
        words.pointee.watching = 0
        words.pointee.isolated = SP_ISOLATION_NONE.rawValue
        Self.unpin()
        object.detach(ResponseProgram.isolate.rawValue)
    }

    static func sealed(_ what: String) -> ResponseFailure {
        ResponseFailure("Sallyport is sealed: \(what) until the machine is started again")
    }

    // MARK: Pins and words

    private static func pin(_ map: ResponseMap) -> String { "\(folder)/\(map.rawValue)" }
    private static let linkPin = "\(folder)/\(ResponseProgram.isolate.rawValue)"

    private static func unpin() {
        unlink(pin(.words))
        for name in (try? FileSystem.list(folder)) ?? [] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    /// Shared with the programs.
    var words: UnsafeMutablePointer<sp_response> {
        // Mapped by `init`, and found afterwards: it can't fail then.
        guard let memory = try? object.memory(of: ResponseMap.words.rawValue).baseAddress else {
            fatalError("the words of responses can't be mapped")
        }
        return memory.assumingMemoryBound(to: sp_response.self)
    }

    func run(_ program: ResponseProgram) throws(BPFError) -> Bool {
        try object.run(program.rawValue, context: UnsafeMutableRawBufferPointer(start: nil, count: 0)) == 0
    }

    /// The identity by which the kernel knows a file; links are followed.
    func identity(of path: String) throws(ResponseFailure) -> ExecutableIdentity {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ResponseFailure("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let found = identifying.withLock { _ -> ExecutableIdentity? in
            words.pointee.identify = UInt32(descriptor)
            guard let ran = try? run(.identify), ran, words.pointee.identified_found == 1 else { return nil }
            return ExecutableIdentity(words.pointee.identified)
        }
        guard let found else { throw ResponseFailure("the kernel doesn't tell the identity of \(path)") }
        return found
    }
}
