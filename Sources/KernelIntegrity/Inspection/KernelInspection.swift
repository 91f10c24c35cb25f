// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
import KernelImage
import LinuxSystem

/// Named areas of the running kernel, for who is entitled to look: code, constants, tables of functions, lists. Nothing else of
/// the kernel's memory is read, and no address is told: positions count from an area's beginning, pointers are symbols.
public struct KernelInspection: Sendable {
    /// Bytes of one read, and of one piece of it.
    public static let readLimit: UInt64 = 32 << 20
    static let pieceBytes = 65536

    private let facts: KernelFacts

    public init(_ facts: KernelFacts) { self.facts = facts }

    /// What can be read just now, in order of the names.
    public func areas() throws(KernelMemoryError) -> [InspectionArea] {
        let kernel = KernelView(facts)
        var areas: [InspectionArea] = []
        for (name, start, end, summary) in Self.ranges {
            guard let range = range(start, end) else { continue }
            areas.append(
                InspectionArea(
                    name: name, kind: name.hasSuffix("text") ? .text : .readOnlyData, size: UInt64(range.count),
                    summary: summary))
        }
        for module in try kernel.code().modules where !module.text.isEmpty {
            areas.append(
                InspectionArea(
                    name: "module.\(module.name).text", kind: .text, size: UInt64(module.text.count),
                    summary: "code of the module \(module.name)"))
        }
        for table in Self.tables {
            let entries = try table.entries(kernel)
            guard !entries.isEmpty else { continue }
            areas.append(
                InspectionArea(name: table.name, kind: .table, size: UInt64(entries.count), summary: table.summary))
        }
        return areas.sorted { $0.name < $1.name }
    }

    /// A part of an area, in pieces; `nil` where there is no such area, or it ends before that part.
    ///
    /// - Parameter length: bytes, or entries; 0 is up to the end.
    public func read(
        _ name: String, from offset: UInt64, length: UInt64
    ) throws(KernelMemoryError) -> [InspectedPiece]? {
        let kernel = KernelView(facts)
        if let table = Self.tables.first(where: { $0.name == name }) {
            let entries = try table.entries(kernel)
            guard let part = Self.part(entries.count, offset, length) else { return nil }
            // Not more than fits a message, however long the names.
            return stride(from: part.lowerBound, to: part.upperBound, by: 512).map {
                InspectedPiece(
                    offset: UInt64($0), content: .entries(Array(entries[$0..<min($0 + 512, part.upperBound)])))
            }
        }
        guard let range = try memory(of: name, kernel), let part = Self.part(range.count, offset, length) else {
            return nil
        }
        var pieces: [InspectedPiece] = []
        for start in stride(from: part.lowerBound, to: part.upperBound, by: Self.pieceBytes) {
            let count = min(Self.pieceBytes, part.upperBound - start)
            pieces += Self.pieces(try kernel.memory.read(range.lowerBound + UInt64(start), count), at: start)
        }
        return pieces
    }

    private static func part(_ count: Int, _ offset: UInt64, _ length: UInt64) -> Range<Int>? {
        guard offset <= UInt64(count) else { return nil }
        let rest = UInt64(count) - offset
        guard length <= rest else { return nil }
        return Int(offset)..<Int(offset + (length == 0 ? rest : length))
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

    // MARK: Memory

    private static let ranges = [
        ("kernel.text", "_stext", "_etext", "the kernel's code, as it is executed now"),
        ("kernel.rodata", "__start_rodata", "__end_rodata", "the kernel's read-only data"),
    ]

    private func range(_ start: String, _ end: String) -> Range<UInt64>? {
        guard let start = facts.address(of: start), let end = facts.address(of: end), start < end else { return nil }
        return start..<end
    }

    private func memory(of name: String, _ kernel: KernelView) throws(KernelMemoryError) -> Range<UInt64>? {
        if let (_, start, end, _) = Self.ranges.first(where: { $0.0 == name }) { return range(start, end) }
        guard name.hasPrefix("module."), name.hasSuffix(".text") else { return nil }
        let module = name.dropFirst(7).dropLast(5)
        return try kernel.code().modules.first { $0.name == module }?.text
    }
}
