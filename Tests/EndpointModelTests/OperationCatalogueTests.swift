// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Testing

@Suite struct OperationCatalogueTests {
    @Test func everyOperationHasExactlyOneRow() {
        #expect(
            OperationCatalogue.all.map(\.operation).sorted { $0.rawValue < $1.rawValue }
                == Operation.allCases.sorted { $0.rawValue < $1.rawValue })
    }
}
