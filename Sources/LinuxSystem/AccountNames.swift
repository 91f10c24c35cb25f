// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Users and groups by name, as the system's name services know them (`/etc/passwd`, directories).
public enum AccountNames {
    /// The id of a user; `nil` when nobody has that name.
    public static func user(named name: String) -> UInt32? {
        var entry = passwd()
        return withBuffer { buffer, size in
            var found: UnsafeMutablePointer<passwd>?
            let code = getpwnam_r(name, &entry, buffer, size, &found)
            return (code, found == nil ? nil : entry.pw_uid)
        }
    }

    /// The id of a group; `nil` when there is none of that name.
    public static func group(named name: String) -> UInt32? {
        var entry = Glibc.group()
        return withBuffer { buffer, size in
            var found: UnsafeMutablePointer<Glibc.group>?
            let code = getgrnam_r(name, &entry, buffer, size, &found)
            return (code, found == nil ? nil : entry.gr_gid)
        }
    }

    /// Calls with a larger buffer until it is large enough: a group may have many members.
    private static func withBuffer(
        _ body: (UnsafeMutablePointer<CChar>, Int) -> (code: Int32, id: UInt32?)
    ) -> UInt32? {
        var size = 4096
        while size <= 16 << 20 {
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { buffer.deallocate() }
            let (code, id) = body(buffer, size)
            guard code == ERANGE else { return id }
            size *= 4
        }
        return nil
    }
}
