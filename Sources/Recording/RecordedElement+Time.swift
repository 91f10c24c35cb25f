// SPDX-License-Identifier: Apache-2.0

import EndpointModel

extension RecordedElement.Content {
    /// The same at another time: what was at `former` by CLOCK_BOOTTIME is at `present`, and all else as far from it.
    ///
    /// Who replays moves what it sends, so that an agent has as long to answer as it had. Wall-clock times and the start
    /// times of processes, which identify them, stay.
    public func moved(from former: UInt64, to present: UInt64) -> Self {
        func moved(_ time: UInt64) -> UInt64 {
            if time >= former {
                let (sum, isTooLate) = present.addingReportingOverflow(time - former)
                return isTooLate ? .max : sum
            }
            return present - min(present, former - time)
        }
        switch self {
        case .stream(.event(var event)):
            event.monotonicTime = moved(event.monotonicTime)
            return .stream(.event(event))
        case .authoriser(.question(var question)):
            question.askedAt = moved(question.askedAt)
            question.deadline = moved(question.deadline)
            return .authoriser(.question(question))
        case .authoriser(.notice(var notice)) where notice.until != 0:
            notice.until = moved(notice.until)
            return .authoriser(.notice(notice))
        case .stream, .authoriser, .answer: return self
        }
    }
}
