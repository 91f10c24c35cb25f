// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel

/// A list cut into messages of a stream: none longer than the limits say, none empty.
struct Batches<Element>: Sequence, IteratorProtocol {
    private let elements: [Element]
    private let limits: APILimits
    private let size: (Element) -> Int
    private var start = 0

    init(_ elements: [Element], limits: APILimits, size: @escaping (Element) -> Int) {
        self.elements = elements
        self.limits = limits
        self.size = size
    }

    mutating func next() -> ArraySlice<Element>? {
        guard start < elements.count else { return nil }
        var end = start
        var bytes = 0
        repeat {
            bytes += size(elements[end])
            end += 1
        } while end < elements.count && end - start < limits.batchElements
            && bytes + size(elements[end]) <= limits.batchSize
        defer { start = end }
        return elements[start..<end]
    }
}

// About how many bytes a value has in a message: what varies without bound is counted, the rest is rounded up.

extension Process {
    var approximateSize: Int {
        256 + exe.bytes.count + (workingDirectory?.bytes.count ?? 0) + command.utf8.count + cgroup.path.utf8.count
            + arguments.reduce(0) { $0 + $1.utf8.count + 4 }
    }
}

extension StreamElement {
    package var approximateSize: Int {
        switch self {
        case .gap: 256
        case .sync: 16
        case .process(let process): process.approximateSize
        case .event(let event):
            256 + event.subject.approximateSize + event.object.approximateSize + event.details.approximateSize
        }
    }
}

extension EventObject {
    fileprivate var approximateSize: Int {
        switch self {
        case .file(let file, let interpreter): file.path.bytes.count + (interpreter?.bytes.count ?? 0)
        case .none, .process, .exit: 0
        }
    }
}

extension EventDetails {
    fileprivate var approximateSize: Int {
        way.utf8.count + name.utf8.count + (target?.bytes.count ?? 0) + 2 * (access.count + mappings.count)
    }
}

extension InstalledPolicy {
    var approximateSize: Int { policy.messageSize }
}
