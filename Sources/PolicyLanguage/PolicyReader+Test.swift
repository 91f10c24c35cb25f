// SPDX-License-Identifier: Apache-2.0

import EndpointModel

extension PolicyReader {
    /// The tests that could be read.
    ///
    /// - Parameter ruleNames: the rules of the policy; `nil` if not all could be read.
    mutating func tests(_ tree: YAMLTree, ruleNames: [String]?) -> [PolicyTest] {
        var tests: [PolicyTest] = []
        var names: [String: Int] = [:]
        for element in list(tree, "tests", acceptsOne: false) ?? [] {
            guard let fields = fields(element, .test, isRequired: ["name", "operation", "expect"]) else { continue }
            let name = fields["name"].flatMap { self.name($0.value, "the test's name") }
            if let name, let place = fields["name"]?.value.place {
                refuseRepetition(of: name, "test", at: place, among: &names)
            }
            let attempt = attempt(fields, at: element.place)
            let expected = fields["expect"].flatMap { word($0.value, "expect", PolicyTest.Expectation.self) }
            let rule = fields["rule"].flatMap { self.rule($0.value, among: ruleNames) }
            guard let name, let attempt, let expected else { continue }
            tests.append(
                PolicyTest(name: name, attempt: attempt, expected: expected, rule: rule, line: element.place.line))
        }
        return tests
    }

    private mutating func rule(_ tree: YAMLTree, among names: [String]?) -> String? {
        guard let text = name(tree, "the deciding rule") else { return nil }
        if let names, !names.contains(text) {
            diagnostics.error(
                tree.place, "the policy has no rule '\(text)'",
                instead: Spelling.suggestion(
                    for: text, among: names, otherwise: "write the name of one of its rules, or remove it"))
        }
        return text
    }

    private mutating func attempt(_ fields: [String: YAMLTree.Entry], at place: Place) -> Attempt? {
        let subject = fields["subject"].map { process($0.value, .testSubject) } ?? .unremarkable
        guard let operation = fields["operation"].flatMap({ self.operation($0.value) }) else {
            _ = details(fields, on: [])
            return nil
        }
        let details = details(fields, on: [operation])
        let object = object(fields["object"], of: operation, at: place)
        let isWhole = check(fields, details, operation, at: place)
        guard let subject, let object, let details, isWhole else { return nil }
        return Attempt(
            operation: operation, subject: subject, object: object, access: Set(details.access),
            signal: details.signals.first, mappings: Set(details.mappings), area: details.areas.first)
    }

    private mutating func object(
        _ entry: YAMLTree.Entry?, of operation: Operation, at place: Place
    ) -> Attempt.Object? {
        let kind = OperationCatalogue.description(of: operation).object
        switch kind {
        case .process:
            guard let entry else { return .process(.unremarkable) }
            return process(entry.value, .testProcess).map { .process($0) }
        case .file:
            guard let entry else {
                diagnostics.error(
                    place, "a test of \(operation.rawValue) has no 'object'", instead: "add 'object: {path: …}'")
                return nil
            }
            return file(entry.value, isRequired: ["path"]).map { .file($0) }
        case .memory, .area:
            guard let entry else { return .file(.anonymous) }
            return file(entry.value, isRequired: []).map { .file($0) }
        case .program, .none:
            guard let entry else { return Attempt.Object.none }
            diagnostics.error(
                entry.keyPlace, "\(operation.rawValue) has no object that could be selected", instead: "remove it")
            return nil
        }
    }

    /// One attempt has one signal, one area and one kind of access; only memory is of several kinds at once, and only
    /// files are opened for reading and writing.
    private mutating func check(
        _ fields: [String: YAMLTree.Entry], _ details: Details?, _ operation: Operation, at place: Place
    ) -> Bool {
        var isWhole = true
        let description = OperationCatalogue.description(of: operation)
        for detail in OperationDetail.allCases where description.has(detail) {
            let key = detail.rawValue
            guard let entry = fields[key] else {
                diagnostics.error(place, "a test of \(operation.rawValue) has no '\(key)'", instead: "add it")
                isWhole = false
                continue
            }
            let mayBeSeveral = detail == .mapping || detail == .access && operation == .fileOpen
            if !mayBeSeveral, let details, details.count(of: detail) > 1 {
                diagnostics.error(
                    entry.value.place, "one attempt has one '\(key)', not \(details.count(of: detail))",
                    instead: "write a test for each")
                isWhole = false
            }
        }
        return isWhole
    }
}

extension PolicyReader.Details {
    fileprivate func count(of detail: OperationDetail) -> Int {
        switch detail {
        case .access: access.count
        case .signal: signals.count
        case .mapping: mappings.count
        case .area: areas.count
        }
    }
}
