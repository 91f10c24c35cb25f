// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_Authorization {
    package init(_ authorisation: Authorisation) {
        self.init()
        operations = Operation.allCases.filter(authorisation.operations.contains).map(Sallyport_V1_Operation.init)
        access = Access.allCases.filter(authorisation.access.contains).map(Sallyport_V1_Access.init)
        deadline = authorisation.deadlineMilliseconds
        fallback = Sallyport_V1_Fallback(authorisation.fallback)
        whenFull = Sallyport_V1_Fallback(authorisation.whenFull)
    }
}

extension Authorisation {
    package init(_ message: Sallyport_V1_Authorization) throws(ValueError) {
        guard !message.operations.isEmpty else { throw .missing(field: "authorization.operations") }
        var operations: Set<Operation> = []
        for operation in message.operations { operations.insert(try Operation(operation)) }
        var access: Set<Access> = []
        for value in message.access { access.insert(try Access(value)) }
        guard access.isSubset(of: [.read, .write]) else {
            throw .invalid(field: "authorization.access", reason: "names something other than read and write")
        }
        guard message.deadline > 0 else { throw .missing(field: "authorization.deadline") }
        self.init(
            operations: operations, access: access, deadlineMilliseconds: message.deadline,
            fallback: try Rule.Fallback(message.fallback, required: "authorization.fallback"),
            whenFull: try Rule.Fallback?(message.whenFull, field: "authorization.when_full"))
    }
}

extension Sallyport_V1_Ready {
    package init(_ terms: AuthorisationTerms) {
        self.init()
        deadline = terms.deadlineMilliseconds
        questionsInFlight = UInt32(clamping: terms.questionsInFlight)
        notes = terms.notes
    }
}

extension AuthorisationTerms {
    package init(_ message: Sallyport_V1_Ready) {
        self.init(
            deadlineMilliseconds: message.deadline, questionsInFlight: Int(message.questionsInFlight),
            notes: message.notes)
    }
}
