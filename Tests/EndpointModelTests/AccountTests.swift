// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Testing

@Suite struct AccountTests {
    @Test(arguments: [
        ("0", Account.id(0)), ("1000", .id(1000)), ("4294967294", .id(4_294_967_294)), ("007", .id(7)),
        ("root", .name("root")), ("www-data", .name("www-data")), ("größe", .name("größe")), ("-1", .name("-1")),
        ("1a", .name("1a")), ("DOMAIN\\user", .name("DOMAIN\\user")),
    ])
    func `A number is an id, everything else a name`(text: String, account: Account) {
        #expect(Account(text) == account)
        #expect(Account(account.text) == account)
    }

    /// 4294967295 is "no user" to the kernel; a longer number would be cut to another id.
    @Test(arguments: ["", "4294967295", "4294967296", "18446744073709551616", "a b", "a:b", "a\u{7F}", "a\n"])
    func `What can be neither is refused`(text: String) {
        #expect(Account(text) == nil)
    }

    @Test func `A name may have 256 bytes`() {
        #expect(Account(String(repeating: "a", count: 256)) != nil)
        #expect(Account(String(repeating: "a", count: 257)) == nil)
        #expect(Account(String(repeating: "ä", count: 129)) == nil)
    }

    @Test func `Users and groups are looked up apart, ids not at all`() {
        let directory = AccountDirectory(users: ["a": 1], groups: ["a": 2])
        #expect(directory.user(.name("a")) == 1)
        #expect(directory.group(.name("a")) == 2)
        #expect(directory.user(.name("root")) == nil)
        #expect(directory.user(.id(77)) == 77)
        #expect(AccountDirectory().user(.name("root")) == 0)
    }
}
