// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import FuzzTargets
import Glibc

/// The inputs that are kept: `Fuzz/corpus`.
enum Corpus {
    private static func folder(_ name: String) -> String {
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Fuzz/corpus/" + name
    }

    static func inputs(of name: String) throws -> [[UInt8]] {
        guard FileManager.default.fileExists(atPath: folder(name)) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder(name)).sorted().map {
            try bytes(folder(name) + "/" + $0)
        }
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path)))
    }

    /// Writes the samples of a target anew.
    static func write(_ target: any FuzzTarget) throws {
        try FileManager.default.createDirectory(atPath: folder(target.name), withIntermediateDirectories: true)
        for (index, sample) in try target.samples().enumerated() {
            try Data(sample).write(to: URL(filePath: "\(folder(target.name))/sample-\(index)"))
        }
    }

    /// Where the input lies that is being decoded.
    static func last(of name: String) -> String { "/tmp/sallyport-fuzz-\(name)-\(geteuid())" }

    static func number(_ variable: String) -> Int? {
        getenv(variable).flatMap { Int(String(cString: $0)) }
    }
}
