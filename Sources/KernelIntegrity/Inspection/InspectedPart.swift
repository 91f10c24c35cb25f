// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// A part of an area of the kernel that somebody wants to read: what it comes to is known before anything is read, and what is
/// read afterwards isn't more.
public struct InspectedPart: Sendable {
    enum Content: Sendable {
        /// All of the table's, as they were found.
        case entries([InspectedEntry])
        /// From an address on.
        case memory(any KernelMemory, UInt64)
    }

    /// Of one piece.
    private static let pieceBytes = 65536
    /// Not more than fits a message, however long the names.
    private static let pieceEntries = 512
    /// About what an entry takes.
    private static let entryBytes: UInt64 = 64

    let content: Content
    /// How large the area is, in bytes or entries.
    public let areaSize: UInt64
    let wanted: Range<Int>?

    /// How much of it is wanted, in the same; `nil` where the area ends before.
    public var count: UInt64? { wanted.map { UInt64($0.count) } }

    /// About how many bytes that are.
    public var cost: UInt64 {
        switch content {
        case .entries: (count ?? 0) * Self.entryBytes
        case .memory: count ?? 0
        }
    }

    /// Reads it; nothing where the area ends before.
    public func read() throws(KernelMemoryError) -> [InspectedPiece] {
        guard let wanted else { return [] }
        switch content {
        case .entries(let entries):
            return stride(from: wanted.lowerBound, to: wanted.upperBound, by: Self.pieceEntries).map { start in
                let end = min(start + Self.pieceEntries, wanted.upperBound)
                return InspectedPiece(offset: UInt64(start), content: .entries(Array(entries[start..<end])))
            }
        case .memory(let memory, let address):
            var pieces: [InspectedPiece] = []
            for start in stride(from: wanted.lowerBound, to: wanted.upperBound, by: Self.pieceBytes) {
                let count = min(Self.pieceBytes, wanted.upperBound - start)
                pieces += Self.pieces(try memory.read(address + UInt64(start), count), at: start)
            }
            return pieces
        }
    }

    private static func pieces(_ read: MemoryRead, at start: Int) -> [InspectedPiece] {
        var pieces: [InspectedPiece] = []
        var position = 0
        for hole in read.missing + [read.bytes.count..<read.bytes.count] {
            if position < hole.lowerBound {
                pieces.append(
                    InspectedPiece(
                        offset: UInt64(start + position), content: .data(Array(read.bytes[position..<hole.lowerBound])))
                )
            }
            if !hole.isEmpty {
                pieces.append(
                    InspectedPiece(offset: UInt64(start + hole.lowerBound), content: .missing(UInt64(hole.count))))
            }
            position = hole.upperBound
        }
        return pieces
    }
}
