// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import FoundationEssentials
import Testing

@Suite struct EntitlementsTests {
    @Test func `A word grants the operations that it names`() throws {
        #expect(try Entitlements(word: "notify:process.exec").notify == [.processExec])
        #expect(try Entitlements(word: "notify:*").notify == Set(Operation.allCases))
        #expect(try Entitlements(word: "notify:thread.*").notify == [.threadCreate, .threadOpen])
        #expect(try Entitlements(word: "ask:*").ask == [.processExec, .imageLoad, .fileOpen])
        #expect(try Entitlements(word: "ask:file.*").ask == [.fileOpen])
        #expect(try !Entitlements(word: "deny:process.*").deny.contains(.processExit))
        #expect(try Entitlements(word: "deny:*").deny == Set(Operation.allCases).subtracting([.processExit]))
        #expect(try Entitlements(word: "protect-self") == Entitlements(protectSelf: true))
        #expect(try Entitlements(word: "inspect-kernel") == Entitlements(inspectKernel: true))
        #expect(try Entitlements(word: "manage-policy") == Entitlements(managePolicy: true))
    }

    @Test(arguments: [
        ("", EntitlementError.Reason.unknownWord), ("notify", .unknownWord), ("Notify:*", .unknownWord),
        ("protect-self ", .unknownWord), ("watch:process.exec", .unknownWord), (":", .unknownWord),
        ("notify:", .unknownOperation), ("notify:process", .unknownOperation), ("notify:.*", .unknownOperation),
        ("notify:process.exec,file.open", .unknownOperation), ("notify:process.**", .unknownOperation),
        ("notify:net.*", .unknownOperation), ("ask:process.exec:", .unknownOperation),
        ("ask:process.signal", .cannotBeAsked), ("ask:thread.*", .cannotBeAsked),
        ("deny:process.exit", .cannotBeDenied),
    ])
    func `What is no entitlement is refused with its reason`(word: String, reason: EntitlementError.Reason) {
        let error = #expect(throws: EntitlementError.self) { try Entitlements(word: word) }
        #expect(error == EntitlementError(reason, word: word))
        #expect(error?.message.contains(": write ") == true)
    }

    @Test func `An error shows a hostile word shortened and on one line`() {
        let message = EntitlementError(.unknownWord, word: "\n\u{1b}" + String(repeating: "x", count: 9999)).message
        #expect(message.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        #expect(message.utf8.count < 400)
    }

    @Test func `The words of all are the shortest ones`() {
        #expect(
            Entitlements.all.words
                == ["ask:*", "deny:*", "inspect-kernel", "manage-policy", "notify:*", "protect-self"])
        #expect(Entitlements.none.words.isEmpty)
    }

    @Test func `Words say the same after they were read, and are as they were written`() throws {
        var random = SplitMix64(seed: 0x5a11_e471)
        for _ in 0..<2000 {
            let entitlements = Entitlements.random(&random)
            let read = try Entitlements(words: entitlements.words.shuffled(using: &random))
            #expect(read == entitlements)
            #expect(read.words == entitlements.words)
            #expect(Set(read.words).count == read.words.count)
        }
    }

    @Test func `Intersection, union and subset are those of sets`() {
        var random = SplitMix64(seed: 0x5a11_e472)
        for _ in 0..<500 {
            let (left, right) = (Entitlements.random(&random), Entitlements.random(&random))
            let both = left.intersection(right)
            #expect(both.isSubset(of: left) && both.isSubset(of: right))
            #expect(left.isSubset(of: left.union(right)) && right.isSubset(of: left.union(right)))
            #expect(left.subtracting(right).intersection(right) == .none)
            #expect(left.subtracting(right).union(both) == left)
            #expect(left.isSubset(of: right) == (left.subtracting(right) == .none))
            #expect(Entitlements.none.isSubset(of: left) && left.isSubset(of: .all))
        }
    }

    @Test func `What can't be held or refused is never granted`() {
        let entitlements = Entitlements(ask: [.processSignal, .fileOpen], deny: [.processExit, .fileOpen])
        #expect(entitlements.ask == [.fileOpen])
        #expect(entitlements.deny == [.fileOpen])
    }

    @Test func `Coded they are words, and a bad one is an error`() throws {
        let entitlements = Entitlements(notify: [.fileOpen], protectSelf: true)
        let coded = try JSONEncoder().encode(entitlements)
        #expect(String(decoding: coded, as: UTF8.self) == #"["notify:file.open","protect-self"]"#)
        #expect(try JSONDecoder().decode(Entitlements.self, from: coded) == entitlements)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Entitlements.self, from: Data(#"["ask:process.exit"]"#.utf8))
        }
    }
}

extension Entitlements {
    fileprivate static func random(_ random: inout SplitMix64) -> Entitlements {
        // Every density, so that whole classes come up.
        func some(_ operations: Set<Operation>) -> Set<Operation> {
            let density = Int.random(in: 0...4, using: &random)
            return operations.filter { _ in Int.random(in: 0..<4, using: &random) < density }
        }
        return Entitlements(
            notify: some(Set(Operation.allCases)), ask: some(askable), deny: some(deniable),
            protectSelf: .random(using: &random), inspectKernel: .random(using: &random),
            managePolicy: .random(using: &random))
    }
}

/// The generator of Steele, Lea and Flood, seeded: a failure comes up again.
private struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
