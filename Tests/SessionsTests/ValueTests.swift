// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import SallyportAPI
import Testing

@Suite struct ValueTests {
    @Test(arguments: Operation.allCases)
    func `Every operation has its own value in the API`(operation: Operation) throws {
        #expect(try Operation(Sallyport_V1_Operation(operation)) == operation)
    }

    @Test(arguments: ObservedPath.Unresolvable.allCases)
    func `Every reason for an unresolvable path has its own value`(reason: ObservedPath.Unresolvable) throws {
        let path = ObservedPath(bytes: [0x2F, 0xFF, 0x0A], unresolvable: reason)
        #expect(try ObservedPath(Sallyport_V1_ObservedPath(path)) == path)
    }

    @Test(arguments: FileFlag.allCases)
    func `Every file flag has its own value`(flag: FileFlag) throws {
        var file = FileObject(path: ObservedPath("/x"))
        file.flags = FileObject.Flags(flag)
        #expect(try FileObject(Sallyport_V1_FileObject(file, interpreter: nil)) == file)
    }

    @Test(arguments: Access.allCases)
    func `Every access has its own value`(access: Access) throws {
        #expect(try Access(Sallyport_V1_Access(access)) == access)
    }

    @Test(arguments: MappingKind.allCases)
    func `Every kind of mapping has its own value`(mapping: MappingKind) throws {
        #expect(try MappingKind(Sallyport_V1_MappingKind(mapping)) == mapping)
    }

    @Test(arguments: KernelArea.allCases)
    func `Every area of the kernel has its own value`(area: KernelArea) throws {
        #expect(try KernelArea(Sallyport_V1_KernelArea(area)) == area)
    }

    @Test(arguments: [Verdict.allow, .deny, .audit])
    func `Every verdict has its own value`(verdict: Verdict) throws {
        #expect(try Decision(Sallyport_V1_Decision(Decision(verdict: verdict))).verdict == verdict)
    }

    @Test(arguments: [Tier.enforce, .gate, .observe])
    func `Every tier has its own value`(tier: Tier) throws {
        #expect(try Tier(Sallyport_V1_Tier(tier)) == tier)
    }

    @Test func `A reason that this version doesn't know never makes a path resolvable`() {
        var message = Sallyport_V1_ObservedPath(ObservedPath("/tmp/x"))
        message.unresolvable = .UNRECOGNIZED(99)
        #expect(throws: ValueError.unknown(field: "unresolvable", value: 99)) { try ObservedPath(message) }
    }

    @Test func `A policy without a mode or a rule without an action is refused`() throws {
        var policy = Sallyport_V1_Policy(try Samples.policy("p"))
        policy.rules[0].action = .unspecified
        #expect(throws: ValueError.missing(field: "rule.action")) { try Policy(policy) }
        policy = Sallyport_V1_Policy(try Samples.policy("p"))
        policy.mode = .unspecified
        #expect(throws: ValueError.missing(field: "policy.mode")) { try Policy(policy) }
    }

    @Test func `A gap whose range ends before it begins is refused`() {
        var gap = Sallyport_V1_Gap(Samples.gap)
        gap.missing.first = 10
        #expect(throws: ValueError.invalid(field: "gap.missing", reason: "ends before it begins")) { try Gap(gap) }
    }

    @Test func `Counts that a sender repeats are added and can't overflow`() throws {
        var gap = Sallyport_V1_Gap(Gap(place: .kernel, counts: [.processExec: .max]))
        gap.counts.append(gap.counts[0])
        #expect(try Gap(gap).counts == [.processExec: .max])
    }

    @Test func `An event without a subject or an element without content is refused`() {
        #expect(throws: ValueError.missing(field: "event.subject")) { try Event(Sallyport_V1_Event()) }
        #expect(throws: ValueError.missing(field: "element")) { try StreamElement(Sallyport_V1_StreamElement()) }
    }
}
