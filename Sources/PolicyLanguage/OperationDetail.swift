// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// What a rule can ask of the attempt itself, as the key is written. Only some operations have each.
enum OperationDetail: String, CaseIterable {
    case access, signal, mapping, area
}

extension OperationDescription {
    func has(_ detail: OperationDetail) -> Bool {
        switch detail {
        case .access: !access.isEmpty
        case .signal: hasSignal
        case .mapping: hasMapping
        case .area: hasArea
        }
    }
}
