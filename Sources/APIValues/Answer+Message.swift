// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import FoundationEssentials
package import SallyportAPI

extension Sallyport_V1_Answer {
    package init(_ answer: Answer, to question: UInt64) {
        self.init()
        self.question = question
        verdict = Sallyport_V1_Fallback(answer.verdict)
        reason = answer.reason
        switch answer.cache {
        case .none: cache = .unspecified
        case .file(let lifetime):
            cache = .file
            cacheLifetime = lifetime ?? 0
        }
        if let digest = answer.digest { self.digest = Data(digest.bytes) }
    }
}

extension Answer {
    package init(_ message: Sallyport_V1_Answer) throws(ValueError) {
        let hint: CacheHint
        switch message.cache {
        case .file: hint = .file(lifetime: message.cacheLifetime == 0 ? nil : message.cacheLifetime)
        // A hint that this version doesn't know is none: to ask again is always right.
        case .unspecified, .UNRECOGNIZED: hint = .none
        }
        var digest: Digest?
        if !message.digest.isEmpty {
            guard let value = Digest(bytes: Array(message.digest)) else {
                throw .invalid(field: "answer.digest", reason: "has \(message.digest.count) bytes instead of 32")
            }
            digest = value
        }
        self.init(
            try Rule.Fallback(message.verdict, required: "answer.verdict"), reason: message.reason, cache: hint,
            digest: digest)
    }
}
