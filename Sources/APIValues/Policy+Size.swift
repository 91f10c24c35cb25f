// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

extension Policy {
    /// The bytes of its text, which make up nearly all of its message.
    package var textSize: Int {
        rules.reduce(name.utf8.count + vendor.utf8.count + summary.utf8.count) { size, rule in
            size + rule.name.utf8.count + (rule.subject?.textSize ?? 0) + (rule.object?.textSize ?? 0)
        }
    }
}

extension PathCondition {
    fileprivate var textSize: Int { patterns.reduce(0) { $0 + $1.text.utf8.count } }
}
