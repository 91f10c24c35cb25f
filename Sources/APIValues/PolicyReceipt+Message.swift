// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_PolicyReceipt {
    package init(_ receipt: PolicyReceipt) {
        self.init()
        generation = receipt.generation
        policies = UInt32(clamping: receipt.policies)
        rules = UInt32(clamping: receipt.rules)
        patterns = UInt32(clamping: receipt.patterns)
        states = UInt32(clamping: receipt.states)
        notes = receipt.notes
    }
}

extension PolicyReceipt {
    package init(_ message: Sallyport_V1_PolicyReceipt) {
        self.init(
            generation: message.generation, policies: Int(message.policies), rules: Int(message.rules),
            patterns: Int(message.patterns), states: Int(message.states), notes: message.notes)
    }
}
