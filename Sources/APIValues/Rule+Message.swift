// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_Rule {
    package init(_ rule: Rule) {
        self.init()
        name = rule.name
        operations = rule.operations.map(Sallyport_V1_Operation.init)
        if let subject = rule.subject { self.subject = Sallyport_V1_Condition(subject) }
        if let object = rule.object { self.object = Sallyport_V1_Condition(object) }
        access = rule.access.map(Sallyport_V1_Access.init)
        signals = rule.signals.map { UInt32($0.number) }
        mappings = rule.mappings.map(Sallyport_V1_MappingKind.init)
        areas = rule.areas.map(Sallyport_V1_KernelArea.init)
        action =
            switch rule.action {
            case .allow: .allow
            case .deny: .deny
            case .ask: .ask
            }
        unknownDigest = Sallyport_V1_Fallback(rule.unknownDigest)
        if let timeout = rule.timeoutMilliseconds { timeoutMilliseconds = timeout }
        onTimeout = Sallyport_V1_Fallback(rule.onTimeout)
    }
}

extension Rule {
    package init(_ message: Sallyport_V1_Rule) throws(ValueError) {
        let action: Action
        switch message.action {
        case .allow: action = .allow
        case .deny: action = .deny
        case .ask: action = .ask
        case .unspecified: throw .missing(field: "rule.action")
        case .UNRECOGNIZED(let value): throw .unknown(field: "rule.action", value: value)
        }
        // What a rule doesn't know it must not lose: a rule with a list cut short is another rule.
        var operations: [Operation] = []
        for operation in message.operations { operations.append(try Operation(operation)) }
        var access: [Access] = []
        for value in message.access { access.append(try Access(value)) }
        var signals: [Signal] = []
        for number in message.signals { signals.append(try Signal(number, field: "rule.signals")) }
        var mappings: [MappingKind] = []
        for value in message.mappings { mappings.append(try MappingKind(value)) }
        var areas: [KernelArea] = []
        for value in message.areas { areas.append(try KernelArea(value)) }
        self.init(
            name: message.name, operations: operations,
            subject: message.hasSubject ? try Condition(message.subject, field: "subject") : nil,
            object: message.hasObject ? try Condition(message.object, field: "object") : nil,
            access: access, signals: signals, mappings: mappings, areas: areas, action: action,
            unknownDigest: try Fallback?(message.unknownDigest, field: "rule.unknown_digest"),
            timeoutMilliseconds: message.hasTimeoutMilliseconds ? message.timeoutMilliseconds : nil,
            onTimeout: try Fallback?(message.onTimeout, field: "rule.on_timeout"))
    }
}
