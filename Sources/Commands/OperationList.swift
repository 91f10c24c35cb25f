// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
package import EndpointModel

/// Operations on the command line, separated by commas. A class selects all of its operations.
package struct OperationList: ExpressibleByArgument, Hashable, Sendable {
    package var operations: Set<Operation> = []

    package init?(argument: String) {
        for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
            if let operation = Operation(rawValue: String(name)) {
                operations.insert(operation)
            } else if let group = Operation.Class(rawValue: String(name)) {
                operations.formUnion(Operation.allCases.filter { $0.class == group })
            } else {
                return nil
            }
        }
    }

    /// In the order of the catalogue, for completion and help.
    package static var allValueStrings: [String] {
        OperationCatalogue.all.map(\.operation.rawValue) + Operation.Class.allCases.map(\.rawValue)
    }
}
