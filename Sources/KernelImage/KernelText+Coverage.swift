// SPDX-License-Identifier: Apache-2.0

extension KernelText {
    /// How much of the text a comparison can tell, whatever it finds: what could be written unnoticed counts as by form.
    public var coverage: ComparisonCoverage {
        var byForm = 0
        var counted = 0
        for place in tables.places where place.offset < text.count {
            guard let bytes = openBytes(of: place), bytes.upperBound > counted else { continue }
            byForm += bytes.upperBound - max(bytes.lowerBound, counted)
            counted = bytes.upperBound
        }
        return ComparisonCoverage(strict: text.count - byForm, byForm: byForm, notCompared: 0)
    }

    /// The bytes of a place that may have any value.
    func openBytes(of place: SiteTables.Place) -> Range<Int>? {
        let start = place.offset
        switch place.kind {
        case .functionEntry, .ftraceCall, .staticCallTrampoline, .bpfDispatcher: return start + 1..<start + 5
        case .paravirtual: return length(of: place) >= 5 ? start + 1..<start + 5 : nil
        case .staticCall, .retpoline: return start + length(of: place) - 4..<start + length(of: place)
        case .runtimeConstant: return start..<start + length(of: place)
        case .alternative:
            let entries = tables.groups[place.detail].entries
            return entries.contains { tables.alternatives[$0].isDirectCall } ? start + 1..<start + 5 : nil
        case .returnThunk, .call, .callPadding, .probe, .sealedEntry, .lockPrefix, .staticKey: return nil
        }
    }
}
