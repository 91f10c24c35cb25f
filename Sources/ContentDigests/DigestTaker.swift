// SPDX-License-Identifier: Apache-2.0

public import BPFRuntime
import Crypto
import KernelABI
import LinuxSystem
import Synchronization

/// Takes the digests that the kernel asks for, and keeps them where it looks: by file identity and version of the content.
///
/// The kernel's programs can have a digest taken at once only where IMA reads the file for them (execution and loading).
/// Everywhere else the first attempt finds none, which the rule's `unknown_digest` decides, and asks here. (Not about files
/// of a file system that answers when it likes, FUSE or a network's: one could hold up all others.)
///
/// A digest is kept only if the content can't have been another at any moment: nobody had the file open for writing from
/// before it was read until after (a lease), and its last change lies longer back than the clock that stamps files ticks.
///
/// ## Concurrency model
/// `run` is called on one thread, which alone reads the ring and the files. `stop` may be called by any.
public final class DigestTaker: Sendable {
    /// Files larger than this stay unknown: reading one would keep all others waiting. Bytes.
    public static let sizeLimit: UInt64 = 4 << 30
    /// Requests read in one go.
    static let maxBatch = 64
    private static let waitMilliseconds: Int32 = 100

    private let kernel: any BPFKernel
    private let requests: String
    private let digests: String
    private let runtime: String
    private let stopping = Atomic(false)

    /// - Parameters:
    ///   - requests: the name of the ring of `struct sp_digest_request`.
    ///   - digests: the name of the map from `struct sp_content` to `struct sp_content_digest`.
    ///   - runtime: the name of the map whose value is a `struct sp_runtime`.
    public init(kernel: any BPFKernel, requests: String, digests: String, runtime: String) {
        self.kernel = kernel
        self.requests = requests
        self.digests = digests
        self.runtime = runtime
    }

    public func stop() { stopping.store(true, ordering: .relaxed) }

    /// Answers requests until `stop`.
    public func run() throws(BPFError) {
        let ring = try kernel.openRing(requests)
        let words = try kernel.memory(of: runtime).baseAddress!.assumingMemoryBound(to: sp_runtime.self)
        words.pointee.digest_taker = SystemThread.currentIdentifier
        defer { words.pointee.digest_taker = 0 }
        let ownNamespace = ProcFS.mountNamespace(of: "self")
        while !stopping.load(ordering: .relaxed) {
            var batch: [DigestRequest] = []
            _ = try ring.drain(timeout: Self.waitMilliseconds, limit: Self.maxBatch) { bytes in
                if let request = DigestRequest(bytes) { batch.append(request) }
            }
            for request in batch where !stopping.load(ordering: .relaxed) {
                // What can't be read now stays unknown; the next attempt asks again.
                guard let digest = Self.digest(of: request, ownNamespace: ownNamespace) else { continue }
                try keep(digest, of: request)
            }
        }
    }

    private static func digest(of request: DigestRequest, ownNamespace: UInt32?) -> SHA256.Digest? {
        guard request.content.size <= sizeLimit else { return nil }
        var places = [Array("/proc/\(request.pid)/root".utf8) + request.path]
        if request.mountNamespace == ownNamespace { places.insert(request.path, at: 0) }
        for place in places {
            let version = request.version
            FileDigest.settle(version.changeSeconds &* 1_000_000_000 &+ Int64(version.changeNanoseconds))
            do throws(Errno) {
                let file = try StableFile(place, version: version)
                var hash = SHA256()
                try file.read { hash.update(bufferPointer: $0) }
                return hash.finalize()
            } catch {
                continue
            }
        }
        return nil
    }

    private func keep(_ digest: SHA256.Digest, of request: DigestRequest) throws(BPFError) {
        var key = request.content
        key.pad = 0
        let bytes = Array(digest)
        // The words are big-endian numbers, as in `struct sp_digest`.
        let words = stride(from: 0, to: 32, by: 8).map { at in
            bytes[at..<at + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        var result: Result<Void, BPFError> = .success(())
        withUnsafeBytes(of: &key) { key in
            words.withUnsafeBytes { value in
                do throws(BPFError) {
                    try kernel.store(in: digests, key: key, value: value)
                } catch {
                    result = .failure(error)
                }
            }
        }
        try result.get()
    }
}
