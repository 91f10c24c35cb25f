// SPDX-License-Identifier: Apache-2.0

/// Reading the running kernel's memory. Nothing is ever written; what isn't mapped is missing, and said to be.
public protocol KernelMemory: Sendable {
    /// Bytes from an address on, a few MiB at most; what can't be read is told by pages.
    ///
    /// - Throws: where nothing can be read at all, for whatever address.
    func read(_ address: UInt64, _ count: Int) throws(KernelMemoryError) -> MemoryRead

    /// As many bytes, 64 at most, at each of many addresses; `nil` where they can't be read.
    func gather(_ addresses: [UInt64], _ count: Int) throws(KernelMemoryError) -> [[UInt8]?]

    /// The elements of a linked list, from what `first` points to.
    ///
    /// No lock is taken: a list that changes meanwhile may be `lost`, and is to be walked again.
    func walk(_ list: KernelList, from first: UInt64) throws(KernelMemoryError) -> WalkedList

    /// The tasks that the kernel's table of process numbers leads to, thread by thread.
    func numberedTasks() throws(KernelMemoryError) -> [NumberedTask]
}

/// A task, as the table of process numbers leads to it.
public struct NumberedTask: Hashable, Sendable {
    public var address: UInt64
    public var pid: Int32
    /// The process that it is a thread of.
    public var process: Int32
    /// Threads that its process counts.
    public var threads: Int

    public init(address: UInt64, pid: Int32, process: Int32, threads: Int) {
        self.address = address
        self.pid = pid
        self.process = process
        self.threads = threads
    }
}

/// What was read of a range.
public struct MemoryRead: Sendable {
    public var bytes: [UInt8]
    /// Indices of bytes that couldn't be read; they are zero.
    public var missing: [Range<Int>] = []

    public init(bytes: [UInt8], missing: [Range<Int>] = []) {
        self.bytes = bytes
        self.missing = missing
    }
}

/// How the elements of a list hang together, and what is wanted of each. Offsets are in bytes from an element's beginning.
public struct KernelList: Sendable {
    /// Where in an element others point to: its link, or its beginning.
    public var link: Int
    /// Where from there the word is that points to the next element.
    public var follow: Int
    /// The pointer that ends the list besides 0: to the head, for a `list_head`.
    public var head: UInt64
    /// What is read of each element: eight fields of 256 bytes at most, 504 bytes in all.
    public var fields: [(offset: Int, count: Int)]
    /// The most elements that are followed.
    public var limit: Int

    public init(
        link: Int, follow: Int = 0, head: UInt64 = 0, fields: [(offset: Int, count: Int)] = [], limit: Int = 100_000
    ) {
        self.link = link
        self.follow = follow
        self.head = head
        self.fields = fields
        self.limit = limit
    }
}

/// The elements of a list.
public struct WalkedList: Sendable {
    public struct Element: Sendable {
        public var address: UInt64
        /// One a field, in the order in which they were asked for.
        public var fields: [[UInt8]]

        /// A field as a number, its first eight bytes at most.
        public func number(_ field: Int) -> UInt64 { fields[field].littleEndianNumber }
    }

    public var elements: [Element] = []
    /// Whether it was followed to its end; otherwise it changed, is corrupt, or is longer than the limit.
    public var isComplete = false

    public init() {}
}

/// Why kernel memory can't be read.
public struct KernelMemoryError: Error, CustomStringConvertible, Sendable {
    public var description: String
    public init(_ description: String) { self.description = description }
}

extension Sequence<UInt8> {
    /// The first eight bytes at most, the lowest first.
    public var littleEndianNumber: UInt64 {
        var number: UInt64 = 0
        for (index, byte) in prefix(8).enumerated() { number |= UInt64(byte) << (8 * UInt64(index)) }
        return number
    }

    /// The text before the first zero.
    public var textBeforeZero: String { String(decoding: prefix { $0 != 0 }, as: UTF8.self) }
}

extension KernelMemory {
    /// A word of eight bytes; `nil` where it can't be read.
    public func word(_ address: UInt64) throws(KernelMemoryError) -> UInt64? {
        try bytes(address, 8)?.littleEndianNumber
    }

    /// All of some bytes, or `nil`.
    public func bytes(_ address: UInt64, _ count: Int) throws(KernelMemoryError) -> [UInt8]? {
        let read = try read(address, count)
        return read.missing.isEmpty ? read.bytes : nil
    }

    /// The words of a table; `nil` where part of it can't be read.
    public func words(_ address: UInt64, count: Int) throws(KernelMemoryError) -> [UInt64]? {
        guard let bytes = try bytes(address, count * 8) else { return nil }
        return (0..<count).map { bytes[($0 * 8)...].littleEndianNumber }
    }

    /// A list whose head is a `struct list_head` at an address.
    public func elements(
        ofListAt head: UInt64, link: Int, fields: [(offset: Int, count: Int)] = [], limit: Int = 100_000
    ) throws(KernelMemoryError) -> WalkedList {
        guard let first = try word(head) else { return WalkedList() }
        return try walk(KernelList(link: link, head: head, fields: fields, limit: limit), from: first)
    }
}
