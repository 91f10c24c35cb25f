// SPDX-License-Identifier: Apache-2.0

/// Finds the word that was meant.
package enum Spelling {
    /// "did you mean 'subject'?", or what words there are; `otherwise` where they are too many to list.
    package static func suggestion(for word: String, among known: [String], otherwise: String? = nil) -> String {
        let distances = known.map { (word: $0, distance: distance(word.lowercased(), $0.lowercased())) }
        if let nearest = distances.min(by: { $0.distance < $1.distance }), nearest.distance <= max(1, word.count / 3) {
            return "did you mean '\(nearest.word)'?"
        }
        if let otherwise { return otherwise }
        return known.count == 1 ? "write '\(known[0])'" : "write one of " + known.joined(separator: ", ")
    }

    /// How many insertions, deletions, replacements and swaps of neighbours lead from one to the other (optimal string
    /// alignment).
    static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a.unicodeScalars.prefix(64))
        let b = Array(b.unicodeScalars.prefix(64))
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
