// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Addresses of the kernel's own symbols.
public enum KernelSymbols {
    /// The addresses of symbols of the kernel's image, by one reading of `/proc/kallsyms` (kallsyms(5); 40 ms).
    ///
    /// A name is missing when the kernel has none, or two of that name, or hides addresses (`kernel.kptr_restrict`).
    public static func addresses(of names: [String]) -> [String: UInt64] {
        guard let text = try? FileSystem.read("/proc/kallsyms", limit: .max) else { return [:] }
        return addresses(of: names, in: text)
    }

    static func addresses(of names: [String], in text: [UInt8]) -> [String: UInt64] {
        let endings = names.map { (name: $0, bytes: Array(" \($0)".utf8)) }
        var found: [String: [UInt64]] = [:]
        text.withUnsafeBytes { text in
            guard let start = text.baseAddress else { return }
            var place = 0
            while let hit = memchr(start + place, Int32(UInt8(ascii: "\n")), text.count - place) {
                let line = UnsafeRawBufferPointer(rebasing: text[place..<UnsafeRawPointer(hit) - start])
                place += line.count + 1
                for ending in endings where line.count > ending.bytes.count {
                    let rest = UnsafeRawBufferPointer(rebasing: line.suffix(ending.bytes.count))
                    guard memcmp(rest.baseAddress!, ending.bytes, rest.count) == 0 else { continue }
                    let before = String(decoding: line.dropLast(ending.bytes.count), as: UTF8.self)
                    if let address = address(before) { found[ending.name, default: []].append(address) }
                }
            }
        }
        return found.compactMapValues { $0.count == 1 && $0[0] != 0 ? $0[0] : nil }
    }

    /// The address in `ffffffff82c09640 D`. The letter of data is `D`, `B` or, in some builds, `T`.
    private static func address(_ line: String) -> UInt64? {
        let words = line.split(separator: " ")
        guard words.count == 2 else { return nil }
        return UInt64(words[0], radix: 16)
    }
}
