// SPDX-License-Identifier: Apache-2.0

// kernel-scenarios MODE SALLYPORTD SALLYPORT
//
// Runs as root in the micro-VM (scripts/vm); never on a machine that matters. Modes:
//   scenarios      every scenario (or those whose name contains a fourth word, or one of 'a|b|c'), then `N passed, N failed`
//   scale          the largest policies
//   gate           tier gate: boot with an lsm= list without bpf
//   hold           operations held for an answer, and a guard for when none comes
//   agents         vendors' agents: registered, asked, slow, stopped, killed
//   holder, guard, agent, victim, family, nurse, loyal, asker  processes of these modes
//   protection     what agents and the operator meet of protection, and shutting down
//   sealed-policy  platforms on which no signed bundle counts under the seal, as KIND says
//   attacks        what root tries on a protected platform and its agent, before and after the seal
//   faults         a sealed daemon that ends at random moments, as often as KILLS says
//   systemd        has systemd become process 1, with the platform's unit; what root tries through it, and its end
//   booted         the latter, as a service; on-terminal: the daemon, which the kernel ends when the test says so
//   agreement      random decisions in the kernel against the reference evaluator
//   instructions   what the verifier processed for each program, as JSON
//   cost           instructions of single operations, bare and under more and more rules, as JSON
//   protection-cost  instructions of operations on what isn't protected, bare and beside protection, as JSON
//   fast-paths     instructions and look-ups of programs where no rule concerns the subject, as JSON
//   workload       how many operations of a build are decided without a walk, as JSON
//   questions      how long an execution takes that fapolicyd, or an agent, is asked about, as JSON
//   events         events a second by our reader and by libbpf's, and how late they come by each way, as JSON

import CKernelActs
import EndpointModel
import Gate
import Glibc

func say(_ text: String) { _ = (text + "\n").withCString { write(STDOUT_FILENO, $0, strlen($0)) } }

let arguments = CommandLine.arguments
guard arguments.count >= 2, getenv("VM") != nil else {
    say(
        "usage, in the micro-VM only: kernel-scenarios scenarios|scale|gate|hold|agents|systemd|agreement|instructions|cost|fast-paths|workload|questions|events SALLYPORTD SALLYPORT"
    )
    exit(2)
}
@Sendable func milliseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
}

func lab(
    _ options: [String] = [], starting: Bool = true, watching operations: Set<EndpointModel.Operation> = [],
    state: String? = nil
) async throws -> Lab {
    guard arguments.count >= 4 else { throw Failure("the paths of sallyportd and sallyport are missing") }
    try Lab.prepare()
    // From tmpfs, not through the VM's slow share of the host's files.
    try Lab.copy(arguments[2], to: Lab.root + "/sallyportd")
    try Lab.copy(arguments[3], to: Lab.root + "/sallyport")
    let daemon = DaemonProcess(
        binary: Lab.root + "/sallyportd", cli: Lab.root + "/sallyport", name: "sallyport", state: state)
    if starting { try await daemon.start(options) }
    return Lab(daemon: daemon, watching: operations)
}

/// Runs a scenario, and once more if it was late.
func attempt(_ scenario: Scenario, in lab: Lab, policies: [Policy]?) async throws {
    func once() async throws {
        await lab.forgetPast()
        if let policies { try await lab.setPolicies(policies) }
        let skipped = lab.daemon.skippedDecisions
        try await scenario.body(lab)
        try expect(lab.daemon.skippedDecisions, skipped, "deciding programs that the kernel skipped")
    }
    do {
        try await once()
    } catch let late as Late {
        say("late  \(scenario.name)\n    \(late)")
        alarm(scenario.limit)
        try await once()
    }
}

func run(_ scenarios: [Scenario], in lab: Lab, policies: [Policy]?) async -> (passed: Int, failed: Int) {
    var (passed, failed) = (0, 0)
    // A fourth word runs the scenarios whose name contains it, or one of several between bars.
    let wanted = arguments.count < 5 ? [] : arguments[4].split(separator: "|").map(String.init)
    for scenario in scenarios where wanted.isEmpty || wanted.contains(where: scenario.name.contains) {
        // SIGALRM ends the run.
        alarm(scenario.limit)
        defer { alarm(0) }
        let clock = ContinuousClock()
        let start = clock.now
        do {
            try await attempt(scenario, in: lab, policies: policies)
            passed += 1
            say("pass  \(scenario.name) (\(milliseconds(clock.now - start)) ms)")
        } catch {
            failed += 1
            try? await Task.sleep(for: .milliseconds(300))
            say("FAIL  \(scenario.name)\n    \(error)\n    last events:\n    \(lab.recent(4))")
        }
    }
    return (passed, failed)
}

do {
    switch arguments[1] {
    case "scenarios":
        let lab = try await lab()
        try await lab.connect()
        let first = await run(
            ExecScenarios.all + ImageScenarios.all + RuleScenarios.all, in: lab, policies: [Make.denyTree])
        let others = await run(
            ProcessScenarios.all + MemoryScenarios.all + ModuleScenarios.all + FileScenarios.all
                + KernelAccessScenarios.all + FieldScenarios.all + DigestScenarios.all + InvalidationScenarios.all
                + EvasionScenarios.all + SubscriberScenarios.all + HazardScenarios.all + SlowFileScenarios.all
                + ToolScenarios.all + TimeScenarios.all, in: lab,
            policies: [])
        lab.watch(only: [.processExec, .processCreate, .processExit, .imageLoad])
        if (try? await lab.setPolicies([Make.denyTree])) == nil { say("FAIL  the policy for what follows") }
        let second = await run(
            FieldScenarios.restarting + InvalidationScenarios.restarting + SlowFileScenarios.restarting
                + ResilienceScenarios.all, in: lab, policies: nil)
        lab.disconnect()
        let status = lab.daemon.end()
        let failed = first.failed + others.failed + second.failed
        if failed > 0 || status != 0 {
            say("the daemon's log (status \(status)):\n\(lab.daemon.log)")
        }
        say("\(first.passed + others.passed + second.passed) passed, \(failed) failed")
        exit(failed == 0 && status == 0 ? 0 : 1)
    case "scale":
        let lab = try await lab()
        try await lab.connect()
        let result = await run(ScaleScenarios.all, in: lab, policies: [])
        lab.disconnect()
        let status = lab.daemon.end()
        if result.failed > 0 || status != 0 { say("the daemon's log (status \(status)):\n\(lab.daemon.log)") }
        say("\(result.passed) passed, \(result.failed) failed")
        exit(result.failed == 0 && status == 0 ? 0 : 1)
    case "gate":
        let lab = try await lab(["--gate-mount", Lab.root])
        try await lab.connect()
        let result = await run(GateScenarios.all, in: lab, policies: [GateScenarios.policy])
        lab.disconnect()
        lab.daemon.end()
        if result.failed > 0 { say("the daemon's log:\n\(lab.daemon.log)") }
        say("\(result.passed) passed, \(result.failed) failed")
        exit(result.failed == 0 ? 0 : 1)
    case "hold":
        let lab = try await lab(starting: false)
        try GateLab.prepare()
        let result = await run(
            GateHoldScenarios.all + GateGuardScenarios.all + GateHoldScenarios.flood, in: lab, policies: nil)
        say("\(result.passed) passed, \(result.failed) failed")
        exit(result.failed == 0 ? 0 : 1)
    case "agents", "examples":
        let lab = try await lab(["--gate-mount", Lab.root], watching: [.processExec, .imageLoad, .fileOpen])
        try await lab.connect()
        // The kernel has a part in the former; in the latter it is the programs of user space that are looked at.
        let result = await run(
            arguments[1] == "agents"
                ? AgentScenarios.all + PassScenarios.all + AskRuleScenarios.all
                : ExampleScenarios.all + HostileClientScenarios.all,
            in: lab, policies: nil)
        lab.disconnect()
        let status = lab.daemon.end()
        if result.failed > 0 || status != 0 { say("the daemon's log (status \(status)):\n\(lab.daemon.log)") }
        say("\(result.passed) passed, \(result.failed) failed")
        exit(result.failed == 0 && status == 0 ? 0 : 1)
    case "protection":
        let lab = try await lab(starting: false, watching: [.processSignal, .processOpen, .fileUnlink])
        try ProtectionScenarios.prepare()
        try BundleScenarios.prepare()
        try await lab.daemon.start(ProtectionScenarios.options + BundleScenarios.options)
        try await lab.connect()
        let scenarios = BundleScenarios.unsealed + ProtectionScenarios.all + BundleScenarios.sealed
        let result = await run(scenarios, in: lab, policies: nil)
        if result.failed > 0 { say("the daemon's log:\n\(lab.daemon.log)") }
        say("\(result.passed) passed, \(result.failed) failed")
        if arguments.count < 5 { try ProtectionScenarios.prepareShutdown(lab) }
        exit(result.failed == 0 ? 0 : 1)
    case "sealed-policy":
        let lab = try await lab(starting: false)
        guard let kind = getenv("KIND").flatMap({ BundleScenarios.Closed(rawValue: String(cString: $0)) }) else {
            throw Failure("KIND is key-here or frozen")
        }
        try BundleScenarios.prepare()
        try await lab.daemon.start(BundleScenarios.options(kind))
        try await lab.connect()
        let result = await run(BundleScenarios.closed(kind), in: lab, policies: nil)
        if result.failed > 0 { say("the daemon's log:\n\(lab.daemon.log)") }
        say("\(result.passed) passed, \(result.failed) failed")
        exit(result.failed == 0 ? 0 : 1)
    case "integrity":
        let lab = try await lab(starting: false, watching: [.imageLoadModule, .kernelAccess])
        try await lab.daemon.start(IntegrityScenarios.options)
        try await lab.connect()
        let result = await run(IntegrityScenarios.all, in: lab, policies: nil)
        lab.disconnect()
        let status = lab.daemon.end()
        if result.failed > 0 || status != 0 { say("the daemon's log (status \(status)):\n\(lab.daemon.log)") }
        say("\(result.passed) passed, \(result.failed) failed")
        exit(result.failed == 0 && status == 0 ? 0 : 1)
    case "touch":
        // As an owner's program: what became of opening a file for writing.
        exit(open(arguments[2], O_WRONLY | O_CLOEXEC) < 0 ? errno : 0)
    case "look":
        // Likewise, for reading.
        exit(open(arguments[2], O_RDONLY | O_CLOEXEC) < 0 ? errno : 0)
    case "attacks":
        let lab = try await lab(starting: false, state: SmallDisk.state)
        let passed = try await AttackRun.run(lab)
        if !passed { say("the daemon's log:\n\(lab.daemon.log)") }
        say(passed ? "passed" : "failed")
        exit(passed ? 0 : 1)
    case "systemd": try SystemdBoot.prepare(Array(arguments.dropFirst(2)))
    case "booted":
        try Lab.prepare()
        let daemon = DaemonProcess(binary: arguments[2], cli: arguments[3], name: "sallyport")
        let result = await run(SystemdScenarios.all, in: Lab(daemon: daemon), policies: nil)
        if result.failed > 0, let log = try? Lab.read(SystemdBoot.log) {
            say("the daemon's log:\n\(String(decoding: log, as: UTF8.self))")
        }
        say("\(result.passed) passed, \(result.failed) failed")
        try SystemdBoot.end(status: result.failed == 0 ? 0 : 1)
    case "on-terminal": try SystemdBoot.executeOnTerminal(Array(arguments.dropFirst(2)))
    case "protection-cost": say(try await ProtectionCost.run(try await lab(starting: false)))
    case "faults":
        let lab = try await lab(starting: false)
        try await FaultRun.run(lab, kills: getenv("KILLS").flatMap { Int(String(cString: $0)) } ?? 20)
        say("passed")
        // Nobody ends the daemon that is left but the end of the machine.
        exit(0)
    case "alarmed": try FaultRun.alarmed(Array(arguments.dropFirst(2)))
    case "loyal": try await FaultAgent.run(Array(arguments.dropFirst(2)))
    case "asker": try FaultAgent.ask(Array(arguments.dropFirst(2)))
    case "prober": try FaultRun.probe(Array(arguments.dropFirst(2)))
    case "nurse": exit(try DaemonProcess.runToEnd(Array(arguments.dropFirst(2)), output: "/proc/\(getpid())/fd/1"))
    case "family": try await Family.run(Array(arguments.dropFirst(2)))
    case "victim": try await Victim.run(Array(arguments.dropFirst(2)))
    case "hostile": try await HostileClient.run(Array(arguments.dropFirst(2)))
    case "agent": try await Agent.run(Array(arguments.dropFirst(2)))
    case "holder": try Holder(arguments.dropFirst(2)).run()
    case "guard": exit(Guard.run())
    case "agreement":
        try KernelDecisions.checkAgreement(questions: arguments.count > 2 ? Int(arguments[2]) ?? 20_000 : 20_000)
    case "instructions":
        say(try KernelDecisions.instructionCounts())
    case "cost":
        say(try await CostMeasurement.run(try await lab(starting: false)))
    case "fast-paths":
        let lab = try await lab()
        say(try await FastPathMeasurement.run(lab))
        lab.daemon.end()
    case "workload":
        let lab = try await lab()
        say(try await WorkloadMeasurement.run(lab))
        lab.daemon.end()
    case "questions": say(try await QuestionMeasurement.run(try await lab(starting: false)))
    case "events":
        try await Measurements.events(try await lab())
    default:
        say("unknown mode \(arguments[1])")
        exit(2)
    }
} catch {
    say("FAIL  \(arguments[1]): \(error)")
    exit(1)
}
