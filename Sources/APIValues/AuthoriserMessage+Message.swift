// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_AuthorizeResponse {
    package init(_ message: AuthoriserMessage) {
        self.init()
        element =
            switch message {
            case .question(let question): .question(Sallyport_V1_Question(question))
            case .retraction(let retraction): .retraction(Sallyport_V1_Retraction(retraction))
            case .notice(let notice): .notice(Sallyport_V1_AuthorizerNotice(notice))
            }
    }
}

extension AuthoriserMessage {
    /// `nil` for what a later version says and this one doesn't know: only a question has to be understood.
    package init?(_ message: Sallyport_V1_AuthorizeResponse) throws(ValueError) {
        switch message.element {
        case .question(let question): self = .question(try Question(question))
        case .retraction(let retraction): self = .retraction(try Retraction(retraction))
        case .notice(let notice):
            guard let notice = AuthoriserNotice(notice) else { return nil }
            self = .notice(notice)
        case .ready, nil: return nil
        }
    }

    /// As above, for an agent that goes on whatever a later version asks: a question with a value that this version doesn't
    /// know is `nil`, and left to its fallback. Who can't tell what is asked can't answer.
    package init?(ofAnyVersion message: Sallyport_V1_AuthorizeResponse) throws(ValueError) {
        do {
            guard let known = try AuthoriserMessage(message) else { return nil }
            self = known
        } catch {
            guard case .unknown = error else { throw error }
            return nil
        }
    }
}

extension Sallyport_V1_Retraction {
    package init(_ retraction: Retraction) {
        self.init()
        question = retraction.question
        verdict = Sallyport_V1_Fallback(retraction.verdict)
        reason =
            switch retraction.reason {
            case .deadline: .deadline
            case .settled: .settled
            case .withdrawn: .withdrawn
            }
    }
}

extension Retraction {
    package init(_ message: Sallyport_V1_Retraction) throws(ValueError) {
        let reason: Reason =
            switch message.reason {
            case .deadline: .deadline
            case .withdrawn: .withdrawn
            case .settled, .unspecified, .UNRECOGNIZED: .settled
            }
        self.init(
            question: message.question, reason: reason,
            verdict: try Rule.Fallback(message.verdict, required: "retraction.verdict"))
    }
}

extension Sallyport_V1_AuthorizerNotice {
    package init(_ notice: AuthoriserNotice) {
        self.init()
        question = notice.question
        count = notice.count
        until = notice.until
        kind =
            switch notice.kind {
            case .strike: .strike
            case .demoted: .demoted
            case .restored: .restored
            case .late: .late
            case .duplicate: .duplicate
            case .queueFull: .queueFull
            case .unknownQuestion: .unknownQuestion
            case .digestDiffers: .digestDiffers
            }
    }
}

extension AuthoriserNotice {
    package init?(_ message: Sallyport_V1_AuthorizerNotice) {
        let kind: Kind
        switch message.kind {
        case .strike: kind = .strike
        case .demoted: kind = .demoted
        case .restored: kind = .restored
        case .late: kind = .late
        case .duplicate: kind = .duplicate
        case .queueFull: kind = .queueFull
        case .unknownQuestion: kind = .unknownQuestion
        case .digestDiffers: kind = .digestDiffers
        case .unspecified, .UNRECOGNIZED: return nil
        }
        self.init(kind: kind, question: message.question, count: message.count, until: message.until)
    }
}
