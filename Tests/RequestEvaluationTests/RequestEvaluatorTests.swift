// SPDX-License-Identifier: Apache-2.0

import APICatalogue
import EndpointModel
import PolicyLanguage
import RequestEvaluation
import Testing

@Suite struct RequestEvaluatorTests {
    private let evaluator = RequestEvaluator()

    private func evaluate(_ change: (inout APIRequest.Need) -> Void) -> Evaluation {
        evaluator.evaluate(RequestFixtures.request(change))
    }

    // MARK: covered

    @Test(arguments: OperationCatalogue.all)
    func `Whatever the catalogue says of an operation is covered, and nothing beyond`(row: OperationDescription) {
        let name = row.operation.rawValue
        let outcomes = APIRequest.Action.allCases.map { action in
            evaluate {
                $0.action = action
                $0.operation = name
                $0.subject = Field.ofProcesses.map(\.rawValue)
                $0.object = row.object.fields.map(\.rawValue)
                $0.access = row.access.map(\.rawValue)
            }.outcome
        }
        #expect(outcomes == [.covered, row.canDeny ? .covered : .simpler, row.canAsk ? .covered : .simpler])
    }

    @Test(arguments: OperationCatalogue.all.filter(\.canDeny))
    func `The policy that a covered request comes with is sound`(row: OperationDescription) throws {
        for action in [APIRequest.Action.deny, .ask] where action == .deny || row.canAsk {
            let evaluation = evaluate {
                $0.action = action
                $0.operation = row.operation.rawValue
                $0.subject = Field.ofProcesses.filter { $0 != .vendor }.map(\.rawValue)
                $0.object = row.object.fields.filter { $0 != .vendor }.map(\.rawValue)
                $0.access = row.access.prefix(1).map(\.rawValue)
            }
            let document = PolicyDocument.parse(text: evaluation.policy, file: "p")
            #expect(!document.hasErrors, "\(document.diagnostics)")
            let rule = try #require(document.policies.first?.rules.first)
            #expect(rule.operations == [row.operation])
            #expect(rule.action.rawValue == action.rawValue)
        }
    }

    @Test func `An element that is there is named with how far it can be relied on`() {
        let evaluation = evaluate { $0.element = "events.watch" }
        #expect(evaluation.outcome == .covered)
        #expect(evaluation.reasons == ["`sallyport.v1.Events.Watch` is in the API"])
        let stability = APISchema.recorded.elements(named: "Events.Watch")[0].stability
        #expect(evaluation.ways[0].contains(stability == .review ? "in review" : stability?.rawValue ?? "?"))
        #expect(evaluation.kernels.map(\.carries) == [true, true, true])
    }

    // MARK: simpler

    @Test func `Code of the caller's in the kernel is ruled out, whatever it is for`() {
        for operation in ["file.open", "network.connect"] {
            let evaluation = evaluate {
                $0.means = .program
                $0.action = .deny
                $0.operation = operation
            }
            #expect(evaluation.outcome == .simpler)
            #expect(evaluation.policy.isEmpty == (operation == "network.connect"))
            #expect(evaluation.skeleton == "")
        }
    }

    @Test func `An expression is met with the rule that patterns make`() throws {
        let evaluation = evaluate {
            $0.means = .expression
            $0.action = .deny
            $0.operation = "process.exec"
            $0.object = ["path", "regular_expression"]
        }
        #expect(evaluation.outcome == .simpler)
        #expect(!PolicyDocument.parse(text: evaluation.policy, file: "p").hasErrors)
        #expect(evaluation.policy.contains("path:"))
    }

    @Test func `What can't be held can be refused, and what has happened can be told`() {
        let signal = evaluate {
            $0.means = .question
            $0.action = .ask
            $0.operation = "process.signal"
        }
        #expect(signal.outcome == .simpler)
        #expect(signal.policy.contains("action: deny"))
        let exit = evaluate {
            $0.action = .deny
            $0.operation = "process.exit"
        }
        #expect(exit.outcome == .simpler)
        #expect(exit.policy == "")
        #expect(exit.ways.contains("`sallyport watch --operation process.exit` shows it."))
    }

    @Test func `A new operation on an existing one's hooks is a wider operation`() {
        let evaluation = evaluate {
            $0.action = .notify
            $0.operation = "process.environment"
            $0.hooks = ["bprm_check_security"]
        }
        #expect(evaluation.outcome == .simpler)
        #expect(evaluation.reasons[0].contains("`process.exec`"))
    }

    // MARK: gap

    @Test func `A new operation is a gap with the next free number and the facts it asks for`() {
        let evaluation = evaluate {
            $0.action = .deny
            $0.operation = "network.connect"
            $0.hooks = ["socket_connect"]
            $0.facts = [
                APIRequest.Fact(name: "remote_port", type: "uint32", summary: "Where to."),
                APIRequest.Fact(name: "waited", type: "uint64", unit: "nanoseconds", summary: "How long."),
            ]
        }
        #expect(evaluation.outcome == .gap)
        let numbers = APISchema.recorded.elements.filter { $0.owner == "sallyport.v1.Operation" }.compactMap(\.number)
        #expect(
            evaluation.skeleton == """
                // In enum Operation:
                  // `network.connect`: TODO: one sentence.
                  // since: v1; stability: draft
                  OPERATION_NETWORK_CONNECT = \(numbers.max()! + 1);

                // What an event on `network.connect` tells.
                // since: v1; stability: draft
                message NetworkConnectDetails {
                  // Where to.
                  // since: v1; stability: draft
                  uint32 remote_port = 1;
                  // How long.
                  // unit: nanoseconds; since: v1; stability: draft
                  uint64 waited = 2;
                }

                """)
        #expect(evaluation.kernels.map(\.carries) == [true, true, true])
        #expect(evaluation.policy == "")
    }

    @Test func `Each thing that is missing gets a number of its own that was never used`() {
        let evaluation = evaluate {
            $0.action = .deny
            $0.operation = "file.set_attributes"
            $0.subject = ["session"]
            $0.object = ["label"]
            $0.access = ["mode", "flags", "project"]
        }
        #expect(evaluation.outcome == .gap)
        #expect(evaluation.reasons.count == 4)
        let numbers = evaluation.skeleton.matches(of: /= (\d+);/).compactMap { Int($0.1) }
        let fields = APISchema.recorded.elements.filter { $0.owner == "sallyport.v1.FieldCondition" }
        let access = APISchema.recorded.elements.filter { $0.owner == "sallyport.v1.Access" }
        let (field, word) = (fields.compactMap(\.number).max()!, access.compactMap(\.number).max()!)
        #expect(numbers == [field + 1, field + 2, word + 1, word + 2])
    }

    @Test func `A number that is reserved isn't proposed`() {
        var api = APISchema.recorded
        let highest = api.elements.filter { $0.owner == "sallyport.v1.Access" }.compactMap(\.number).max()!
        api.elements.append(
            APIElement(.reserved, "sallyport.v1.Access.x", number: highest + 1, type: "to \(highest + 5)"))
        let request = RequestFixtures.request {
            $0.action = .notify
            $0.operation = "file.open"
            $0.access = ["peek"]
        }
        #expect(RequestEvaluator(api: api).evaluate(request).skeleton.contains("ACCESS_PEEK = \(highest + 6);"))
    }

    @Test(arguments: [
        ("Process.environment", "// In message Process:"), ("Tier.TIER_BEST", "// In enum Tier:"),
        ("Events.Rewind", "// In service Events:"), ("Tape", "message Tape {"),
    ])
    func `An element that is missing is drafted where it belongs`(name: String, line: String) {
        let evaluation = evaluate {
            $0.means = .call
            $0.element = name
        }
        #expect(evaluation.outcome == .gap)
        #expect(evaluation.skeleton.split(separator: "\n").map(String.init).contains(line))
    }

    @Test func `Asking about a new operation says that a program can't wait`() {
        let evaluation = evaluate {
            $0.action = .ask
            $0.operation = "network.connect"
            $0.hooks = ["socket_connect"]
        }
        #expect(evaluation.reasons.last?.contains("process.exec, image.load, file.open") == true)
    }

    // MARK: kernels

    @Test
    func `A hook that a kernel lacks, that must not sleep or that can't refuse keeps the kernel from carrying it`() {
        let cases: [(String, Bool, APIRequest.Action, [Bool])] = [
            ("inode_file_setattr", false, .deny, [false, false, true]),
            ("task_kill", true, .deny, [false, false, false]), ("task_kill", false, .deny, [true, true, true]),
            ("path_unlink", true, .deny, [false, true, true]), ("task_free", false, .deny, [false, false, false]),
            ("task_free", false, .notify, [true, true, true]),
        ]
        for (hook, sleeps, action, carries) in cases {
            let evaluation = evaluate {
                $0.action = action
                $0.operation = "new.operation"
                $0.hooks = ["socket_connect", hook]
                $0.sleeps = sleeps
            }
            #expect(evaluation.kernels.map(\.carries) == carries, "\(hook)")
        }
    }

    @Test func `A request that is covered elsewhere is a gap on a kernel that doesn't carry it`() {
        var row = OperationCatalogue.description(of: .fileOpen)
        row.hooks = ["lsm/file_truncate"]
        let evaluator = RequestEvaluator(operations: [row])
        var request = RequestFixtures.request {
            $0.action = .deny
            $0.operation = "file.open"
        }
        #expect(evaluator.evaluate(request).outcome == .gap)
        request.kernels = ["6.12", "7.2"]
        #expect(evaluator.evaluate(request).outcome == .covered)
    }

    // MARK: facts

    @Test func `Every hook of the catalogue is known to the facts on some kernel`() {
        for row in OperationCatalogue.all {
            for hook in row.hooks where hook.hasPrefix("lsm/") {
                let name = String(hook.dropFirst(4))
                #expect(HookFacts.kernels.contains { HookFacts.measured.fact(name, on: $0) != nil }, "\(name)")
            }
        }
    }

    @Test func `The facts are as many as were measured`() {
        let facts = HookFacts.measured
        let counts = HookFacts.kernels.map { kernel in facts.hooks.count { facts.fact($0, on: kernel) != nil } }
        let sleeping = HookFacts.kernels.map { kernel in
            facts.hooks.count { facts.fact($0, on: kernel)?.maySleep == true }
        }
        // As KERNEL's measurement counted them.
        #expect(counts == [228, 255, 259])
        #expect(sleeping == [70, 84, 85])
    }

    @Test func `Words find elements whose documentation has all of them`() {
        let evaluation = evaluate {
            $0.element = "Events.Watch"
            $0.words = ["Lost", "kernel"]
        }
        #expect(evaluation.related.contains("sallyport.v1.EventCounts.lost"))
        #expect(evaluation.related.count <= 12)
        for name in evaluation.related {
            let element = APISchema.recorded.elements(named: name)[0]
            #expect(element.summary.lowercased().contains("lost") || element.name.lowercased().contains("lost"))
        }
        #expect(evaluate { $0.element = "Events.Watch" }.related == [])
    }

    @Test func `A word is found whole, also in the plural and as a part of a name, not within another word`() {
        let api = APISchema(
            package: "p.v1",
            elements: [
                APIElement(.message, "p.v1.A", summary: "Of the ring."),
                APIElement(.message, "p.v1.B", summary: "Rings"),
                APIElement(.message, "p.v1.C", summary: "During it."), APIElement(.value, "p.v1.D.RING_FULL"),
            ])
        let request = RequestFixtures.request { $0.words = ["Ring"] }
        #expect(RequestEvaluator(api: api).evaluate(request).related == ["p.v1.A", "p.v1.B", "p.v1.D.RING_FULL"])
    }
}
