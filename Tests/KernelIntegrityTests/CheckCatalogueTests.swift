// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import KernelIntegrity
import Testing

/// What is documented of the checks, held against the checks.
@Suite struct CheckCatalogueTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    private let checks = CheckCatalogue.make()

    private func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: "/\(Self.root)/\(path)")), as: UTF8.self)
    }

    /// The first cell of each row of a table whose rows begin with a name in backquotes.
    private func rows(of text: some StringProtocol) -> [String] {
        text.split(separator: "\n").compactMap { line in
            line.hasPrefix("| `") ? line.dropFirst(3).prefix { $0 != "`" }.description : nil
        }
    }

    @Test func `Names are distinct, and of lower-case words joined by hyphens`() {
        #expect(Set(checks.map(\.name)).count == checks.count)
        for check in checks {
            #expect(check.name.allSatisfy { $0 == "-" || $0.isLowercase })
            #expect(check.covers.hasSuffix("."))
        }
    }

    @Test func `The documentation has each check and no other, and figures of each on 6.1 and 6.12`() throws {
        let document = try text("docs/KERNEL_PATCH_PROTECTION.md")
        let names = checks.map(\.name).sorted()
        let sections = document.components(separatedBy: "\n## ")
        let detect = sections.first { $0.hasPrefix("Detect") } ?? ""
        #expect(rows(of: detect).sorted() == names)
        for kernel in ["6.1", "6.12"] {
            let table = document.components(separatedBy: "<!-- table \(kernel) -->").last?
                .components(separatedBy: "<!-- end \(kernel) -->").first
            #expect(rows(of: table ?? "").sorted() == names, "scripts/integrity-table \(kernel)")
        }
    }

    @Test func `Each check has a fixture that proves it`() throws {
        let proofs = try text("Tests/IntegrityLab/Proofs.swift")
        for check in checks { #expect(proofs.contains("Proof(check: \"\(check.name)\""), "\(check.name)") }
    }
}
