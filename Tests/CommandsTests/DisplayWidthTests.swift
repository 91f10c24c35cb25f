// SPDX-License-Identifier: Apache-2.0

import Commands
import Testing

@Suite struct DisplayWidthTests {
    @Test(arguments: [0, 1, 2, 5, 10, 19, 20, 21, 80])
    func `A cut text fits, whatever its characters are wide`(width: Int) {
        for text in ["/usr/lib/x86_64/program", "/日本語/とても長い名前/ファイル", "", "a"] {
            let cut = text.middleTruncated(to: width)
            #expect(cut.displayWidth <= width)
            #expect((cut == text) == (text.displayWidth <= width))
        }
    }

    @Test func `Beginning and end of a path survive the cut`() {
        #expect("/usr/lib/x86_64-linux-gnu/program".middleTruncated(to: 20) == "/usr/l…x-gnu/program")
    }

    @Test func `Wide characters take two columns`() {
        #expect("日本".displayWidth == 4)
        #expect("größe".displayWidth == 5)
    }
}
