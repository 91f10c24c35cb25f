// SPDX-License-Identifier: Apache-2.0

import Commands
import EndpointModel
import Testing

@Suite struct VisibleTextTests {
    @Test func `Nothing that moves the cursor or drives the terminal gets through`() {
        let text = VisibleText(Samples.hostile).text
        #expect(text == #"/tmp/\x1b[2J\x07\u{202e}exe.\r\nDENY x\\\u{200b}\xff\xc3"#)
    }

    @Test func `No byte sequence of up to two bytes leaves a control character`() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let text = VisibleText([first, second]).text
                let harmless = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
                #expect(harmless, "\(first) \(second)")
            }
        }
    }

    @Test func `Two different paths never look the same`() {
        #expect(VisibleText("/a\n").text != VisibleText(#"/a\n"#).text)
        #expect(VisibleText([0x2F, 0xFF]).text != VisibleText(#"/\xff"#).text)
        #expect(VisibleText("/a").text != VisibleText("/a\u{200D}").text)
        #expect(VisibleText("/e\u{301}").text != VisibleText("/\u{E9}").text)
    }

    @Test func `Letters of every script stay as they are`() {
        #expect(VisibleText("/srv/Größe/日本/файл").text == "/srv/Größe/日本/файл")
    }

    @Test func `An unresolvable path says why`() {
        #expect(VisibleText(ObservedPath(bytes: Array("/x".utf8), unresolvable: .raced)).text == "/x [raced]")
        #expect(VisibleText(ObservedPath(bytes: [], unresolvable: .anonymous)).text == "[anonymous]")
    }

    @Test func `Arguments are quoted so that their borders show`() {
        let text = VisibleText(arguments: ["ls", "", "a b", "it's", "\u{1B}"], truncated: true).text
        #expect(text == #"ls '' 'a b' 'it'\''s' '\x1b' …"#)
    }
}
