// SPDX-License-Identifier: Apache-2.0

import EventRecords
import PolicyCompiler
import Synchronization

/// Rule numbers → names, for the generations whose events may still be under way.
final class RuleBook: RuleNames {
    /// Generations kept: an event older than these in the ring shows no names.
    static let maxGenerations = 16

    private let books = Mutex<[(generation: UInt64, names: [PolicyTables.Name])]>([])

    func add(generation: UInt64, names: [PolicyTables.Name]) {
        books.withLock { books in
            books.append((generation, names))
            if books.count > Self.maxGenerations { books.removeFirst() }
        }
    }

    func name(ofRule number: UInt32, generation: UInt64) -> (policy: String, rule: String, vendor: String)? {
        books.withLock { books in
            guard let names = books.last(where: { $0.generation == generation })?.names, Int(number) < names.count
            else {
                return nil
            }
            let name = names[Int(number)]
            return (name.policy, name.rule, name.vendor)
        }
    }
}
