// SPDX-License-Identifier: Apache-2.0

import CLibBPF
import Glibc

/// Single entries of maps, and rings in maps of rings.
extension BPFObject {
    /// Makes a ring and puts it into a map of rings; returns its descriptor, for the caller to close.
    ///
    /// The kernel waits for a grace period with it: some milliseconds.
    public func makeRing(in outer: String, index: UInt32, bytes: UInt32) throws(BPFError) -> Int32 {
        let ring = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "\(outer.prefix(12))_in", 0, 0, bytes, nil)
        guard ring >= 0 else { throw BPFError("make ring of \(outer)", code: errno) }
        var key = index
        var value = ring
        let code = bpf_map_update_elem(try mapDescriptor(of: outer), &key, &value, UInt64(BPF_ANY))
        guard code == 0 else {
            close(ring)
            throw BPFError("put ring into \(outer)", code: -code)
        }
        return ring
    }

    /// Takes a ring out of a map of rings. It lives on as long as anybody has it open.
    public func removeRing(from outer: String, index: UInt32) throws(BPFError) {
        var key = index
        let code = bpf_map_delete_elem(try mapDescriptor(of: outer), &key)
        guard code == 0 || code == -ENOENT else { throw BPFError("take ring out of \(outer)", code: -code) }
    }

    /// Removes a key; that it isn't there is no error.
    public func remove(from map: String, key: UnsafeRawBufferPointer) throws(BPFError) {
        let code = bpf_map_delete_elem(try mapDescriptor(of: map), key.baseAddress)
        guard code == 0 || code == -ENOENT else { throw BPFError("remove from map \(map)", code: -code) }
    }

    /// Stores the value of a key unless it has one: that one then takes the place of `value`. Whether it was stored.
    public func insert(
        in map: String, key: UnsafeRawBufferPointer, value: UnsafeMutableRawBufferPointer
    ) throws(BPFError) -> Bool {
        let descriptor = try mapDescriptor(of: map)
        let code = bpf_map_update_elem(descriptor, key.baseAddress, value.baseAddress, UInt64(BPF_NOEXIST))
        if code == 0 { return true }
        guard code == -EEXIST else { throw BPFError("insert into map \(map)", code: -code) }
        let found = bpf_map_lookup_elem(descriptor, key.baseAddress, value.baseAddress)
        guard found == 0 else { throw BPFError("look up in map \(map)", code: -found) }
        return false
    }

    /// Removes all keys.
    public func removeAll(from map: String) throws(BPFError) {
        let descriptor = try mapDescriptor(of: map)
        var key = [UInt8](repeating: 0, count: Int(bpf_map__key_size(try self.map(map))))
        while bpf_map_get_next_key(descriptor, nil, &key) == 0 {
            let code = bpf_map_delete_elem(descriptor, key)
            guard code == 0 || code == -ENOENT else { throw BPFError("empty map \(map)", code: -code) }
        }
    }

    /// The keys of a hash, some hundred a system call. What is added or removed meanwhile may be among them or not.
    public func keys<Key: BitwiseCopyable>(of map: String, as type: Key.Type) throws(BPFError) -> [Key] {
        let raw = try self.map(map)
        let descriptor = try mapDescriptor(of: map)
        precondition(Int(bpf_map__key_size(raw)) == MemoryLayout<Key>.size)
        let batch = 512
        let values = UnsafeMutableRawBufferPointer.allocate(
            byteCount: batch * ((Int(bpf_map__value_size(raw)) + 7) / 8 * 8), alignment: 8)
        let keys = UnsafeMutableBufferPointer<Key>.allocate(capacity: batch)
        defer {
            values.deallocate()
            keys.deallocate()
        }
        var found: [Key] = []
        var place: (UInt64, UInt64) = (0, 0)
        var isFirst = true
        while true {
            var count = UInt32(batch)
            let code = withUnsafeMutableBytes(of: &place) { place in
                bpf_map_lookup_batch(
                    descriptor, isFirst ? nil : place.baseAddress, place.baseAddress, keys.baseAddress,
                    values.baseAddress, &count, nil)
            }
            guard code == 0 || code == -ENOENT else { throw BPFError("list map \(map)", code: -code) }
            found += keys[..<Int(count)]
            if code == -ENOENT { return found }
            isFirst = false
        }
    }

    /// The value of a key; `nil` where there is none, or it is of another size.
    public func value<Key: BitwiseCopyable, Value: BitwiseCopyable>(in map: String, key: Key) -> Value? {
        guard let raw = try? self.map(map), let descriptor = try? mapDescriptor(of: map),
            Int(bpf_map__value_size(raw)) == MemoryLayout<Value>.size
        else { return nil }
        return withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { value in
            let found = withUnsafeBytes(of: key) { bpf_map_lookup_elem(descriptor, $0.baseAddress, value.baseAddress) }
            return found == 0 ? value[0] : nil
        }
    }
}
