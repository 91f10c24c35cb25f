// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// The verdict. `question` is out of `pending` in all of these.
extension Arbitration {
    /// After a vote: gives the verdict, or waits on.
    mutating func proceed(_ question: PendingQuestion, _ actions: inout [ArbitrationAction]) {
        if let decision = question.decision(isStopping: isStopping) {
            settle(question, decision.verdict, decision.cause, .decided, &actions)
        } else {
            pending[question.question.id] = question
        }
    }

    /// Gives the verdict, first; then takes the question back from those who are still to answer.
    mutating func settle(
        _ question: PendingQuestion, _ verdict: Rule.Fallback, _ cause: QuestionOutcome.Cause, _ why: RetractionCause,
        _ actions: inout [ArbitrationAction]
    ) {
        let id = question.question.id
        if verdict == .allow { counted.allowed += 1 } else { counted.denied += 1 }
        let isByVotes = why == .decided && cause != .exempt
        actions.append(
            .settle(
                id,
                QuestionOutcome(
                    verdict: verdict, cause: cause, votes: question.votes, latency: clock - question.question.askedAt),
                cache: isByVotes ? question.cacheHint(verdict, epoch: epoch, now: clock) : .none))
        var question = question
        var ends: [SettledQuestions.End] = []
        for index in question.seats.indices {
            let client = question.seats[index].client
            switch question.seats[index].vote {
            case nil:
                // A question that never was in flight has taken no room.
                if authorisers[client]?.waiting.contains(id) == true {
                    release(&question, index, in: id)
                    actions.append(.retract(id, from: client, why: why))
                    ends.append(
                        SettledQuestions.End(client: client, refusal: why == .withdrawn ? .withdrawn : .settled))
                }
            case .answered: ends.append(SettledQuestions.End(client: client, refusal: .duplicate))
            case .timedOut: ends.append(SettledQuestions.End(client: client, refusal: .late))
            case .platformStopping: ends.append(SettledQuestions.End(client: client, refusal: .settled))
            case .cached, .queueFull, .clientLost, .demoted: break
            }
        }
        settled.insert(id, ends)
        if let inode = question.content?.inode {
            onInode[inode]?.remove(id)
            if onInode[inode]?.isEmpty == true { onInode[inode] = nil }
        }
    }

    /// The seat waits no more: its room is free.
    mutating func release(_ question: inout PendingQuestion, _ index: Int, in id: UInt64) {
        question.waiting -= 1
        waiting -= 1
        vendors[question.seats[index].vendor]?.inFlight -= 1
        authorisers[question.seats[index].client]?.waiting.remove(id)
    }
}
