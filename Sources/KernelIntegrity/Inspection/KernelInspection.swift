// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
import KernelImage
import LinuxSystem

/// Named areas of the running kernel, for who is entitled to look: code, constants, tables of functions, lists. Nothing else of
/// the kernel's memory is read, and no address is told: positions count from an area's beginning, pointers are symbols.
public struct KernelInspection: Sendable {
    /// Bytes of one read, or entries.
    public static let readLimit: UInt64 = 32 << 20

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

    /// A part of an area, found and not read yet; `nil` where there is no such area just now.
    ///
    /// - Parameter length: bytes, or entries; 0 is up to the end.
    public func part(
        of name: String, from offset: UInt64, length: UInt64
    ) throws(KernelMemoryError) -> InspectedPart? {
        let kernel = KernelView(facts)
        if let table = Self.tables.first(where: { $0.name == name }) {
            let entries = try table.entries(kernel)
            return InspectedPart(
                content: .entries(entries), areaSize: UInt64(entries.count),
                wanted: Self.part(entries.count, offset, length))
        }
        guard let range = try memory(of: name, kernel) else { return nil }
        return InspectedPart(
            content: .memory(kernel.memory, range.lowerBound), areaSize: UInt64(range.count),
            wanted: Self.part(range.count, offset, length))
    }

    private static func part(_ count: Int, _ offset: UInt64, _ length: UInt64) -> Range<Int>? {
        guard offset <= UInt64(count) else { return nil }
        let rest = UInt64(count) - offset
        guard length <= rest else { return nil }
        return Int(offset)..<Int(offset + (length == 0 ? rest : length))
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
