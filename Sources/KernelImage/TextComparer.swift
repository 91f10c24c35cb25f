// SPDX-License-Identifier: Apache-2.0

extension KernelText {
    /// Compares bytes of the running kernel's text with what they should be.
    ///
    /// Any part of the text may be compared, a page or all of it. Places of which the bytes have only a part, at their
    /// beginning or end, are left out (``ComparisonReport/compared``). Costs a comparison of memory, and some 100 ns for each place
    /// that differs.
    ///
    /// - Parameters:
    ///   - bytes: as they were read.
    ///   - address: of the first byte; what lies outside of ``addresses`` is left out.
    ///   - probes: where kprobes are, as `/sys/kernel/debug/kprobes/list` has them: no table of the image does. Those at the
    ///     beginning of functions are ftrace's, and explained without.
    public func compare(_ bytes: RawSpan, at address: UInt64, probes: [UInt64] = []) -> ComparisonReport {
        bytes.withUnsafeBytes { compare($0, at: address, probes: probes) }
    }

    private func compare(
        _ bytes: UnsafeRawBufferPointer, at address: UInt64, probes: [UInt64]
    ) -> ComparisonReport {
        let length = UInt64(bytes.count)
        let end = address > UInt64.max - length ? UInt64.max : address + length
        let range = (address..<end).clamped(to: addresses)
        guard !range.isEmpty else { return ComparisonReport(compared: range) }
        let start = Int(range.lowerBound - addresses.lowerBound)
        let skipped = Int(range.lowerBound - address)
        let running = UnsafeRawBufferPointer(
            rebasing: bytes[skipped..<skipped + Int(range.upperBound - range.lowerBound)])
        var comparer = TextComparer(
            text: self, running: running, start: start,
            probes: probes.filter(addresses.contains).map { Int($0 - addresses.lowerBound) })
        comparer.run()
        return comparer.report
    }
}

/// One comparison: looks for bytes that differ, and at each for a place that explains it.
struct TextComparer {
    let text: KernelText
    /// The running kernel's bytes; the first has the offset `start` in text.
    let running: UnsafeRawBufferPointer
    let start: Int
    /// Offsets, without places that are cut.
    let range: Range<Int>
    /// Offsets of kprobes.
    let probes: [Int]
    /// What is taken to be under a kprobe's `int3`, while a place around it is looked at.
    private var probed: (offset: Int, byte: UInt8)?
    var report: ComparisonReport

    /// How deep replacements may be nested within one another.
    private static let depthLimit = 4

    /// Bytes that a kprobe may change.
    static let probeLength = 5

    init(text: KernelText, running: UnsafeRawBufferPointer, start: Int, probes: [Int]) {
        self.probes = probes
        self.text = text
        self.running = running
        self.start = start
        range = Self.uncut(start..<start + running.count, of: text, probes: probes)
        report = ComparisonReport(compared: text.address(range.lowerBound)..<text.address(range.upperBound))
    }

    /// The part of a range that has no place in part; places overlap, so each step may cut another one.
    private static func uncut(_ range: Range<Int>, of text: KernelText, probes: [Int]) -> Range<Int> {
        func cut(at offset: Int) -> Range<Int>? {
            var index = text.tables.first(from: offset - 255)
            var found = probes.first { $0 < offset && $0 + probeLength > offset }.map { $0..<$0 + probeLength }
            while index < text.tables.places.count, text.tables.places[index].offset < offset {
                let place = text.tables.places[index]
                let end = place.offset + text.length(of: place)
                if end > offset {
                    found = min(found?.lowerBound ?? place.offset, place.offset)..<max(found?.upperBound ?? end, end)
                }
                index += 1
            }
            return found
        }
        var lower = range.lowerBound
        var upper = range.upperBound
        while let place = cut(at: lower) { lower = place.upperBound }
        while upper > lower, let place = cut(at: upper) { upper = place.lowerBound }
        return lower..<max(lower, min(upper, range.upperBound))
    }

    mutating func run() {
        guard range.upperBound <= start + running.count else { return }
        var position = range.lowerBound
        while let offset = firstDifference(from: position) {
            if report.isTruncated {
                // Another kernel's text, most likely: no more can be told, and each byte would be looked at.
                report.compared = report.compared.lowerBound..<text.address(offset)
                return
            }
            if let end = explain(offset) {
                position = max(end, offset + 1)
            } else {
                position = noteUnexplained(offset)
            }
        }
    }

    private func firstDifference(from first: Int) -> Int? {
        text.text.withUnsafeBytes { image in
            let image = UnsafeRawBufferPointer(rebasing: image[start..<range.upperBound])
            return image.firstDifference(from: running, startingAt: first - start).map { $0 + start }
        }
    }

    /// The running kernel's byte; 0 outside of what was read.
    func byte(_ offset: Int) -> UInt8 {
        if let probed, probed.offset == offset { return probed.byte }
        let index = offset - start
        return running.indices.contains(index) ? running[index] : 0
    }

    /// Where a 32-bit operand at the end of an instruction leads, as an offset.
    func target(operand: Int) -> Int {
        var value: UInt32 = 0
        for index in (0..<4).reversed() { value = value << 8 | UInt32(byte(operand + index)) }
        return operand + 4 + Int(Int32(bitPattern: value))
    }

    private mutating func noteUnexplained(_ offset: Int) -> Int {
        var end = offset + 1
        // Up to the next place, which may be explained.
        let next = text.tables.first(from: end)
        let limit = next < text.tables.places.count ? text.tables.places[next].offset : range.upperBound
        while end < min(range.upperBound, limit, offset + 256), byte(end) != text.byte(end) { end += 1 }
        report.note(
            UnexplainedDifference(
                address: text.address(offset), bytes: (offset..<end).map(byte), expected: (offset..<end).map(text.byte),
                kind: places(covering: offset).first?.kind))
        return end
    }

    // MARK: - Explaining

    /// The places that have a byte, the outermost first.
    private func places(covering offset: Int, from lowest: Int = 0) -> [SiteTables.Place] {
        var index = text.tables.first(from: max(lowest, offset - 255))
        var found: [SiteTables.Place] = []
        while index < text.tables.places.count, text.tables.places[index].offset <= offset {
            let place = text.tables.places[index]
            if place.offset + text.length(of: place) > offset { found.append(place) }
            index += 1
        }
        return found
    }

    /// Explains a difference in text; returns where the place that does ends.
    private mutating func explain(_ offset: Int) -> Int? {
        let places = places(covering: offset)
        return explain(by: places) ?? explainCallPadding(offset) ?? explainProbe(offset)
            ?? explainAroundProbe(offset, places)
    }

    private mutating func explain(by places: [SiteTables.Place]) -> Int? {
        // Alternatives first: the others may lie within what they replace.
        for place in places where place.kind == .alternative {
            if let end = explainAlternative(place, at: place.offset, depth: 0) { return end }
        }
        for place in places where place.kind != .alternative {
            if let end = explainPlace(place, at: place.offset) { return end }
        }
        return nil
    }

    /// Whether a place is as the kernel makes it but for a kprobe's `int3` in it; which byte that hides, isn't known.
    private mutating func explainAroundProbe(_ offset: Int, _ places: [SiteTables.Place]) -> Int? {
        let reach = places.map { $0.offset..<$0.offset + text.length(of: $0) }
        for probe in probes where byte(probe) == 0xcc && reach.contains(where: { $0.contains(probe) }) {
            defer { probed = nil }
            for byte in UInt8.min...UInt8.max {
                probed = (probe, byte)
                if let end = explain(by: places) { return end }
            }
        }
        return nil
    }

    /// - Parameter offset: where the place is now, which is elsewhere for one in a replacement.
    private mutating func explainPlace(_ place: SiteTables.Place, at offset: Int) -> Int? {
        guard let form = form(of: place, at: offset) else { return nil }
        let length = text.length(of: place)
        report.changes.append(TextChange(kind: place.kind, address: text.address(offset), length: length, form: form))
        return offset + length
    }

    /// Tries the original instructions, with no-operations made better ones, and each replacement.
    private mutating func explainAlternative(_ place: SiteTables.Place, at offset: Int, depth: Int) -> Int? {
        let group = text.tables.groups[place.detail]
        let length = Int(group.length)
        guard depth < Self.depthLimit, offset >= range.lowerBound, offset + length <= range.upperBound else {
            return nil
        }
        let mark = report.changes.count
        func take(_ form: TextChange.Form) -> Int {
            report.changes[mark].form = form
            return offset + length
        }
        report.changes.append(
            TextChange(kind: .alternative, address: text.address(offset), length: length, form: .original))
        // The last one whose feature the processor has stays: tried from the end.
        for index in group.entries.reversed() {
            let entry = text.tables.alternatives[index]
            let number = index - group.entries.lowerBound
            if entry.isDirectCall, let form = directCall(in: offset..<offset + length) { return take(form) }
            let content = Content(
                source: Int(entry.replacement), sourceLength: Int(entry.replacementLength), place: offset,
                length: length)
            if matches(content, group: nil, depth: depth) { return take(.replacement(number)) }
            report.changes.removeSubrange((mark + 1)...)
        }
        let original = Content(source: place.offset, sourceLength: length, place: offset, length: length)
        if matches(original, group: place.offset, depth: depth) { return take(.original) }
        report.changes.removeSubrange(mark...)
        return nil
    }

    /// `alt_replace_call`: a direct call, nothing for a function that does nothing, or `ud2` where there is no function.
    private func directCall(in range: Range<Int>) -> TextChange.Form? {
        if NoOperations.fill(range, byte: byte) { return .nothing }
        if range.count >= 5, let form = branch(0xe8, at: range.lowerBound),
            NoOperations.fill(range.lowerBound + 5..<range.upperBound, byte: byte)
        {
            return form
        }
        if range.count >= 2, byte(range.lowerBound) == 0x0f, byte(range.lowerBound + 1) == 0x0b,
            NoOperations.fill(range.lowerBound + 2..<range.upperBound, byte: byte)
        {
            return .trap
        }
        return nil
    }

    /// Instructions of the image that may stand at a place, filled up with no-operations.
    private struct Content {
        /// Offset, in text or among the replacements.
        var source: Int
        var sourceLength: Int
        /// Where they stand in the running kernel.
        var place: Int
        var length: Int
    }

    /// Whether a place has that content, but for operands that follow from moving it, no-operations and places in it.
    ///
    /// - Parameter group: the offset of the alternative whose original this is, which isn't looked at again.
    private mutating func matches(_ content: Content, group: Int?, depth: Int) -> Bool {
        func expected(_ index: Int) -> UInt8 { index < content.sourceLength ? text.byte(content.source + index) : 0x90 }
        func current(_ index: Int) -> UInt8 { byte(content.place + index) }
        let moved = content.source - content.place
        var index = 0
        while index < content.length {
            if expected(index) == current(index) {
                index += 1
            } else if let end = explainWithin(content, index: index, group: group, depth: depth) {
                index = end
            } else if moved != 0,
                let end = movedOperand(at: index, by: moved, length: content.sourceLength, expected, current)
            {
                index = end
            } else if moved != 0, let end = shortenedJump(at: index, content, moved: moved, expected, current) {
                index = end
            } else if let run = NoOperations.run(around: index, in: 0..<content.length, byte: expected),
                let first = (run.lowerBound...index).first(where: {
                    NoOperations.fill($0..<run.upperBound, byte: current)
                }), (run.lowerBound..<first).allSatisfy({ expected($0) == current($0) })
            {
                index = run.upperBound
            } else {
                return false
            }
        }
        return true
    }

    /// A place within the content.
    private mutating func explainWithin(_ content: Content, index: Int, group: Int?, depth: Int) -> Int? {
        guard index < content.sourceLength else { return nil }
        for place in places(covering: content.source + index, from: content.source) {
            let offset = content.place + place.offset - content.source
            let length = text.length(of: place)
            guard place.offset - content.source + length <= content.length else { continue }
            if place.kind == .alternative {
                guard place.offset != group,
                    let end = explainAlternative(place, at: offset, depth: depth + 1)
                else { continue }
                return end - content.place
            }
            if let end = explainPlace(place, at: offset) { return end - content.place }
        }
        return nil
    }

    /// A 32-bit operand that leads to the same place from elsewhere.
    private func movedOperand(
        at index: Int, by moved: Int, length: Int, _ expected: (Int) -> UInt8, _ current: (Int) -> UInt8
    ) -> Int? {
        for first in max(0, index - 3)...index where first + 4 <= length {
            var old: UInt32 = 0
            var new: UInt32 = 0
            for byte in (first..<first + 4).reversed() {
                old = old << 8 | UInt32(expected(byte))
                new = new << 8 | UInt32(current(byte))
            }
            let expectedNow = old &+ UInt32(truncatingIfNeeded: moved)
            if expectedNow == new { return first + 4 }
            // Calls in replacements are moved to the count of calls' depth as well, on some kernels without a list of them.
            if text.countsCalls, first > 0, expected(first - 1) == 0xe8,
                KernelText.countLengths.contains(Int(expectedNow &- new))
            {
                return first + 4
            }
        }
        return nil
    }

    /// A jump that was long enough for any distance, and leads to the same place in two bytes; what is left over does nothing.
    private func shortenedJump(
        at index: Int, _ content: Content, moved: Int, _ expected: (Int) -> UInt8, _ current: (Int) -> UInt8
    ) -> Int? {
        guard expected(index) == 0xe9, current(index) == 0xeb, index + 5 <= content.sourceLength else { return nil }
        let target = content.source + index + 5 + text.operand(content.source + index + 1)
        guard content.place + index + 2 + Int(Int8(bitPattern: current(index + 1))) == target else { return nil }
        var end = index + 5
        while end < content.length, expected(end) == 0x90 { end += 1 }
        return NoOperations.fill(index + 2..<end, afterTraps: 3, byte: current) ? end : nil
    }

    private func countedAddress(operandAt offset: Int, isRelative: Bool) -> UInt64 {
        let end = target(operand: offset)
        // The operand counts from the instruction's end, a byte behind it; or is an address itself.
        return isRelative ? text.address(end + 1) : UInt64(bitPattern: Int64(end - offset - 4))
    }

    /// `sarq $5, %gs:…` in the no-operations before a function, where calls' depth is counted (arch/x86/kernel/callthunks.c).
    private mutating func explainCallPadding(_ offset: Int) -> Int? {
        guard text.countsCalls else { return nil }
        for (length, operand) in zip(KernelText.countLengths, [[0x3d], [0x3c, 0x25]] as [[UInt8]]) {
            let opcode = [0x65, 0x48, 0xc1] + operand
            for end in offset + 1...offset + length where end <= range.upperBound && text.isEntry(end) {
                let first = end - length
                guard first >= range.lowerBound, byte(end - 1) == 5,
                    opcode.indices.allSatisfy({ byte(first + $0) == opcode[$0] }),
                    text.callDepth == countedAddress(operandAt: end - 5, isRelative: length == 9),
                    let run = NoOperations.run(around: first, in: max(0, end - 32)..<end, byte: text.byte),
                    run.lowerBound <= first, run.upperBound == end
                else { continue }
                report.changes.append(
                    TextChange(kind: .callPadding, address: text.address(first), length: length, form: .counting))
                return end
            }
        }
        return nil
    }
}
