// SPDX-License-Identifier: Apache-2.0

/// The seam to the kernel: maps, rings and iterators of a loaded object, bytes in and bytes out.
///
/// `BPFObject` is the real one; tests conform with a kernel that lives in memory. Everything above is the same for both.
public protocol BPFKernel: AnyObject, Sendable {
    /// Builds a new inner array for the value `index` of `outer` beside the one in use, lets `fill` write its `entries`
    /// elements (zeroed before), and makes it current by one atomic store. A throw leaves the old one current.
    ///
    /// - Parameters:
    ///   - valueSize: bytes of an element; elements begin at multiples of eight.
    ///   - entriesVary: whether the inner arrays of `outer` may differ in length (`BPF_F_INNER_MAP`, which their
    ///     definition must have as well).
    func replaceInnerMap(
        of outer: String, index: UInt32, valueSize: Int, entries: Int, entriesVary: Bool,
        fill: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(BPFError)

    /// The memory of a mappable array map; valid as long as the kernel object lives.
    func memory(of map: String) throws(BPFError) -> UnsafeMutableRawBufferPointer

    /// Stores the value of a key in a map; both have the map's sizes.
    func store(in map: String, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) throws(BPFError)

    /// Opens a ring for reading. One reader a ring.
    func openRing(_ map: String) throws(BPFError) -> any RecordRing

    /// Times that the kernel skipped a program because it was running already on that processor.
    func skippedRuns(of program: String) throws(BPFError) -> UInt64

    /// Everything that an iterator program writes.
    func readIterator(_ program: String) throws(BPFError) -> [UInt8]
}

/// A ring of records.
public protocol RecordRing: AnyObject, Sendable {
    /// Waits up to `timeout` milliseconds for records, then hands over what there is, `limit` at most; returns how many.
    ///
    /// The bytes are valid during the call of `body` only.
    func drain(timeout: Int32, limit: Int, _ body: (UnsafeRawBufferPointer) -> Void) throws(BPFError) -> Int
}
