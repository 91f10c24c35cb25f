// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_PathCondition {
    package init(_ condition: PathCondition) {
        self.init()
        patterns = condition.patterns.map(\.text)
        unresolvable = condition.unresolvable
        inverted = condition.inverted
    }
}

extension PathCondition {
    package init(_ message: Sallyport_V1_PathCondition, field: String) throws(ValueError) {
        var patterns: [PathPattern] = []
        patterns.reserveCapacity(message.patterns.count)
        for text in message.patterns {
            do {
                patterns.append(try PathPattern(text))
            } catch {
                throw .invalid(field: field, reason: "has a pattern that isn't one: \(error)")
            }
        }
        self.init(patterns: patterns, unresolvable: message.unresolvable, inverted: message.inverted)
    }
}
