// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A decoder and the inputs that it is given, for some time. Run it in a process of its own: a trap, a hang or too much
/// memory ends that.
public struct FuzzRun: Sendable {
    /// The limit `fuzz-time`: seconds that one input may take.
    public static let inputLimit: UInt32 = 10
    /// The limit `fuzz-memory`: bytes that the process may have beside what it is.
    public static let memoryLimit: UInt64 = 2 << 30

    private let target: any FuzzTarget
    private let corpus: [[UInt8]]

    /// - Parameter corpus: inputs beside the target's samples.
    public init(_ target: any FuzzTarget, corpus: [[UInt8]]) throws {
        self.target = target
        self.corpus = try target.samples() + corpus
    }

    /// Decodes the corpus, and then what comes of it.
    ///
    /// - Parameters:
    ///   - seconds: for how long.
    ///   - seed: the same, the same inputs.
    ///   - last: the file that each input is in while it is decoded; removed at the end.
    /// - Returns: how many inputs there were.
    public func run(seconds: Int, seed: UInt64, last: String) async -> Int {
        var limit = rlimit(rlim_cur: rlim_t(Self.memoryLimit), rlim_max: rlim_t(Self.memoryLimit))
        setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
        let file = open(last, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        precondition(file >= 0, "can't write \(last)")
        var count = 0
        for input in corpus {
            await decode(input, file)
            count += 1
        }
        var mutator = Mutator(seed: seed, corpus: corpus, words: target.words)
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            await decode(mutator.input(), file)
            count += 1
        }
        alarm(0)
        close(file)
        unlink(last)
        return count
    }

    private func decode(_ input: [UInt8], _ file: Int32) async {
        pwrite(file, input, input.count, 0)
        ftruncate(file, off_t(input.count))
        // The signal's default ends the process.
        alarm(Self.inputLimit)
        await target.decode(input)
    }
}
