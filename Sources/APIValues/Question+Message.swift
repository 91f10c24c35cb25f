// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_Question {
    package init(_ question: Question) {
        self.init()
        id = question.id
        operation = Sallyport_V1_Operation(question.operation)
        access = question.access.map(Sallyport_V1_Access.init)
        subject = Sallyport_V1_Process(question.subject)
        file = Sallyport_V1_FileObject(question.file, interpreter: nil)
        askedAt = question.askedAt
        deadline = question.deadline
        fallback = Sallyport_V1_Fallback(question.fallback)
        policy = question.policy
        rule = question.rule
    }
}

extension Question {
    package init(_ message: Sallyport_V1_Question) throws(ValueError) {
        guard message.hasSubject else { throw .missing(field: "question.subject") }
        var access: [Access] = []
        for value in message.access { access.append(try Access(value)) }
        self.init(
            id: message.id, operation: try Operation(message.operation), access: access,
            subject: try Process(message.subject), file: try FileObject(message.file), askedAt: message.askedAt,
            deadline: message.deadline,
            fallback: try Rule.Fallback(message.fallback, required: "question.fallback"), policy: message.policy,
            rule: message.rule)
    }
}
