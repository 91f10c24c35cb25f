// SPDX-License-Identifier: Apache-2.0

// Runs the checks of integrity in the micro-VM without a daemon around them.
//
//     integrity-lab scan IMAGE [CHECK…]                      what each check sees, and what it costs
//     integrity-lab tamper IMAGE CHECK FIXTURE [NAME=VALUE…]  loads a fixture, tampers, looks, undoes, looks again
//     integrity-lab prove IMAGE [CHECK…]                     the same with every fixture that proves a check: Proofs.swift
//     integrity-lab credentials-legitimate IMAGE [SECONDS]    nothing is reported while processes change their rights
//     integrity-lab credentials-raise IMAGE                   processes that raise themselves are seen
//     integrity-lab times IMAGE [ROUNDS [FAST [FULL]]]        how long the monitor takes to find what is tampered with
//     integrity-lab table IMAGE [ROUNDS [FAST [FULL]]]        all of this as the table of docs/KERNEL_PATCH_PROTECTION.md
//     integrity-lab watchdog | isolation | panic              what the kernel does of itself
//     integrity-lab legitimate IMAGE SECONDS [ACT…]          all checks, while legitimate things are done: nothing may be found
//     integrity-lab act ACT SECONDS                          one of these

import EndpointModel
import Glibc
import KernelIntegrity
import LinuxSystem

let words = Array(CommandLine.arguments.dropFirst())
if let passes = ResponseLab.run(words) { exit(passes ? 0 : 1) }
guard words.count >= 2 else {
    print(
        "usage: integrity-lab scan IMAGE [CHECK…] | tamper IMAGE CHECK FIXTURE [NAME=VALUE…] | prove IMAGE [CHECK…]"
            + " | legitimate IMAGE SECONDS [ACT…]")
    exit(2)
}
if words[0] == "act", words.count == 3, let act = Act(rawValue: words[1]), let seconds = UInt64(words[2]) {
    act.run(seconds: seconds)
    exit(0)
}
do {
    let facts = try KernelFacts.ofRunningKernel(image: words[1])
    print("baseline: \(facts.baseline.origin)")
    let lab = Lab(facts)
    switch words[0] {
    case "scan": try lab.scan(Set(words.dropFirst(2)))
    case "tamper" where words.count >= 4:
        let outcome = try lab.tamper(check: words[2], fixture: words[3], parameters: Array(words.dropFirst(4)))
        print("\(words[2]) \(words[3]): \(outcome)")
        exit(outcome.isProof ? 0 : 1)
    case "times":
        let numbers = words.dropFirst(2).compactMap { UInt32($0) } + [5, 5, 30].dropFirst(max(0, words.count - 2))
        var times = DetectionTimes(facts: facts, rounds: Int(numbers[0]), fast: numbers[1], full: numbers[2])
        exit(try times.run() ? 0 : 1)
    case "table":
        let numbers = words.dropFirst(2).compactMap { UInt32($0) } + [5, 5, 30].dropFirst(max(0, words.count - 2))
        let times = DetectionTimes(facts: facts, rounds: Int(numbers[0]), fast: numbers[1], full: numbers[2])
        exit(try lab.table(times) ? 0 : 1)
    case "prove": exit(lab.prove(Set(words.dropFirst(2))) == 0 ? 0 : 1)
    case "credentials-legitimate":
        exit(try CredentialsLab(facts).legitimate(seconds: words.count > 2 ? Int(words[2]) ?? 60 : 60) ? 0 : 1)
    case "credentials-raise": exit(try CredentialsLab(facts).raise() ? 0 : 1)
    case "legitimate" where words.count >= 3:
        let acts = words.count > 3 ? words.dropFirst(3).compactMap { Act(rawValue: $0) } : Act.allCases
        exit(try lab.legitimate(seconds: UInt64(words[2]) ?? 60, acts: acts) == 0 ? 0 : 1)
    default: exit(2)
    }
} catch {
    print("integrity-lab: \(error)")
    exit(1)
}
