// SPDX-License-Identifier: Apache-2.0

import FuzzTargets
import Glibc
import Testing

/// Each decoder, for some seconds, in a process of its own. `SALLYPORT_FUZZ_SECONDS` is for how many, `SALLYPORT_FUZZ_SEED`
/// another seed.
@Suite(.serialized) struct FuzzTests {
    @Test(arguments: FuzzTargets.names)
    func `whatever the bytes are, a decoder returns`(name: String) async throws {
        let result = await #expect(processExitsWith: .success) { [name = name as String] in
            let target = try #require(FuzzTargets.named(name))
            let run = try FuzzRun(target, corpus: Corpus.inputs(of: name))
            let count = await run.run(
                seconds: Corpus.number("SALLYPORT_FUZZ_SECONDS") ?? 3,
                seed: UInt64(Corpus.number("SALLYPORT_FUZZ_SEED") ?? 1), last: Corpus.last(of: name))
            #expect(count > 100)
        }
        if result == nil { Issue.record("the input is in \(Corpus.last(of: name))") }
    }

    @Test(arguments: FuzzTargets.names)
    func `each decoder has a corpus`(name: String) throws {
        if getenv("SALLYPORT_WRITE_CORPUS") != nil { try Corpus.write(try #require(FuzzTargets.named(name))) }
        #expect(try !Corpus.inputs(of: name).isEmpty)
    }

    @Test func `an input that traps ends the process and is kept`() async throws {
        await #expect(processExitsWith: .failure) {
            _ = await (try FuzzRun(TrappingTarget(), corpus: [])).run(
                seconds: 20, seed: 1, last: Corpus.last(of: "trapping"))
        }
        let kept = try Corpus.bytes(Corpus.last(of: "trapping"))
        unlink(Corpus.last(of: "trapping"))
        #expect(kept.count > 3 && kept[1] == 0xff)
    }
}

/// A decoder with a fault that takes a mutation to find.
private struct TrappingTarget: FuzzTarget {
    let name = "trapping"
    func samples() -> [[UInt8]] { [[1, 2, 3, 4, 5, 6]] }
    func decode(_ bytes: [UInt8]) {
        precondition(bytes.count <= 3 || bytes[1] != 0xff)
    }
}
