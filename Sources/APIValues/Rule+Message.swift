// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_Rule {
    package init(_ rule: Rule) {
        self.init()
        name = rule.name
        operations = rule.operations.map(Sallyport_V1_Operation.init)
        if let subject = rule.subject { subjectExe = Sallyport_V1_PathCondition(subject) }
        if let object = rule.object { objectPath = Sallyport_V1_PathCondition(object) }
        action =
            switch rule.action {
            case .allow: .allow
            case .deny: .deny
            }
    }
}

extension Rule {
    package init(_ message: Sallyport_V1_Rule) throws(ValueError) {
        let action: Action
        switch message.action {
        case .allow: action = .allow
        case .deny: action = .deny
        case .unspecified: throw .missing(field: "rule.action")
        case .UNRECOGNIZED(let value): throw .unknown(field: "rule.action", value: value)
        }
        var operations: [Operation] = []
        for operation in message.operations { operations.append(try Operation(operation)) }
        self.init(
            name: message.name, operations: operations,
            subject: message.hasSubjectExe ? try PathCondition(message.subjectExe, field: "subject.exe") : nil,
            object: message.hasObjectPath ? try PathCondition(message.objectPath, field: "object.path") : nil,
            action: action)
    }
}
