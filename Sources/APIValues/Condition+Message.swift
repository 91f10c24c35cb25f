// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_Condition {
    package init(_ condition: Condition) {
        self.init()
        all = condition.all.map(Sallyport_V1_FieldCondition.init)
        not = condition.not.map(Sallyport_V1_FieldCondition.init)
    }
}

extension Condition {
    /// - Parameter field: What the condition is of, such as `subject`, for the error.
    package init(_ message: Sallyport_V1_Condition, field: String) throws(ValueError) {
        var all: [FieldCondition] = []
        for condition in message.all { all.append(try FieldCondition(condition, in: field)) }
        var not: [FieldCondition] = []
        for condition in message.not { not.append(try FieldCondition(condition, in: "\(field).not")) }
        self.init(all: all, not: not)
    }
}
