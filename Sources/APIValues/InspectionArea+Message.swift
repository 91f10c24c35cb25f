// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import FoundationEssentials
package import SallyportAPI
import SwiftProtobuf

extension Sallyport_V1_InspectionArea {
    package init(_ area: InspectionArea) {
        self.init()
        name = area.name
        kind =
            switch area.kind {
            case .text: .text
            case .readOnlyData: .readOnlyData
            case .table: .table
            }
        size = area.size
        summary = area.summary
    }
}

extension InspectionArea {
    package init(_ message: Sallyport_V1_InspectionArea) throws(ValueError) {
        let kind: Kind
        switch message.kind {
        case .text: kind = .text
        case .readOnlyData: kind = .readOnlyData
        case .table: kind = .table
        case .unspecified, .UNRECOGNIZED:
            throw .invalid(field: "kind", reason: "this version knows no kind \(message.kind.rawValue)")
        }
        self.init(name: message.name, kind: kind, size: message.size, summary: message.summary)
    }
}

extension Sallyport_V1_ReadAreaResponse {
    package init(_ piece: InspectedPiece) {
        self.init()
        offset = piece.offset
        switch piece.content {
        case .data(let bytes): data = Data(bytes)
        case .entries(let list):
            entries = .with {
                $0.entries = list.map { entry in
                    .with {
                        $0.symbol = Data(entry.symbol.utf8)
                        $0.offset = entry.offset
                        $0.module = Data(entry.module.utf8)
                        $0.name = Data(entry.name.utf8)
                    }
                }
            }
        case .missing(let count): missing = count
        }
    }
}

extension InspectedPiece {
    package init(_ message: Sallyport_V1_ReadAreaResponse) throws(ValueError) {
        let content: Content
        switch message.content {
        case .data(let bytes): content = .data(Array(bytes))
        case .entries(let table):
            content = .entries(
                table.entries.map {
                    InspectedEntry(
                        name: String(decoding: $0.name, as: UTF8.self),
                        symbol: String(decoding: $0.symbol, as: UTF8.self),
                        offset: $0.offset, module: String(decoding: $0.module, as: UTF8.self))
                })
        case .missing(let count): content = .missing(count)
        case nil: throw .missing(field: "content")
        }
        self.init(offset: message.offset, content: content)
    }
}
