// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_PathList {
    package init(_ list: PathList) {
        self.init()
        patterns = list.patterns.map(\.text)
        unresolvable = list.unresolvable
    }
}

extension PathList {
    package init(_ message: Sallyport_V1_PathList, field: String) throws(ValueError) {
        var patterns: [PathPattern] = []
        patterns.reserveCapacity(message.patterns.count)
        for text in message.patterns {
            do {
                patterns.append(try PathPattern(text))
            } catch {
                throw .invalid(field: field, reason: "has a pattern that isn't one: \(error)")
            }
        }
        self.init(patterns, unresolvable: message.unresolvable)
    }
}
