// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// Pieces of areas as text.
enum InspectedText {
    static func print(
        _ pieces: [InspectedPiece], _ options: GlobalOptions, where isWanted: (InspectedEntry) -> Bool = { _ in true }
    ) throws {
        let wanted = pieces.map { piece in
            guard case .entries(let entries) = piece.content else { return piece }
            return InspectedPiece(offset: piece.offset, content: .entries(entries.filter(isWanted)))
        }
        try options.print(json: ["pieces": .array(wanted.map { .object($0.json) })]) { _ in wanted.flatMap(lines) }
    }

    private static func lines(_ piece: InspectedPiece) -> [String] {
        switch piece.content {
        case .data(let bytes):
            stride(from: 0, to: bytes.count, by: 16).map { start in
                position(piece.offset + UInt64(start)) + "  "
                    + hexadecimal(Array(bytes[start..<min(start + 16, bytes.count)]))
            }
        case .missing(let count): ["\(position(piece.offset))  \(count) bytes can't be read"]
        case .entries(let entries):
            entries.enumerated().map { index, entry in
                let place = entry.offset == 0 ? entry.symbol : "\(entry.symbol)+0x\(String(entry.offset, radix: 16))"
                let name = entry.name.isEmpty ? String(piece.offset + UInt64(index)) : entry.name
                let module = entry.module.isEmpty || entry.module == entry.name ? "" : " [\(entry.module)]"
                return VisibleText("\(name)  \(place)\(module)").text
            }
        }
    }

    private static func position(_ offset: UInt64) -> String {
        let digits = String(offset, radix: 16)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }
}

extension InspectionArea {
    package var json: JSONObject {
        let kind =
            switch kind {
            case .text: "text"
            case .readOnlyData: "read-only-data"
            case .table: "table"
            }
        return ["name": .string(name), "kind": .string(kind), "size": .unsigned(size), "summary": .string(summary)]
    }
}

extension InspectedPiece {
    package var json: JSONObject {
        var object: JSONObject = ["offset": .unsigned(offset)]
        switch content {
        case .data(let bytes): object["data"] = .string(Base64.encode(bytes))
        case .missing(let count): object["missing"] = .unsigned(count)
        case .entries(let entries):
            object["entries"] = .array(
                entries.map {
                    .object([
                        "name": .string($0.name), "symbol": .string($0.symbol), "offset": .unsigned($0.offset),
                        "module": .string($0.module),
                    ])
                })
        }
        return object
    }
}
