// SPDX-License-Identifier: Apache-2.0

import Arbitration
import EndpointModel

/// The words of one line of a scenario, taken from the front.
struct ScenarioWords {
    struct Unreadable: Error {
        var line: String
        var word: String
    }

    private let line: String
    private var words: ArraySlice<String>

    init(_ line: String) {
        self.line = line
        words = line.split(separator: " ").map(String.init)[...]
    }

    mutating func next() -> String? { words.popFirst() }

    mutating func word() throws -> String {
        guard let word = next() else { throw Unreadable(line: line, word: "(end)") }
        return word
    }

    mutating func number() throws -> UInt64 {
        let word = try word()
        guard let number = UInt64(word) else { throw Unreadable(line: line, word: word) }
        return number
    }

    /// `0`, `5ms` or `2s`, in nanoseconds.
    mutating func time() throws -> UInt64 {
        let word = try word()
        let digits = word.prefix { $0.isNumber }
        let units = ["": 1, "us": 1000, "ms": ArbitrationLimits.millisecond, "s": ArbitrationLimits.second]
        guard let number = UInt64(digits), let unit = units[String(word.dropFirst(digits.count))] else {
            throw Unreadable(line: line, word: word)
        }
        return number * unit
    }

    static func text(of time: UInt64) -> String {
        if time.isMultiple(of: ArbitrationLimits.second), time > 0 { return "\(time / ArbitrationLimits.second)s" }
        return "\(time / ArbitrationLimits.millisecond)ms"
    }

    mutating func verdict() throws -> Rule.Fallback {
        let word = try word()
        guard let verdict = Rule.Fallback(rawValue: word) else { throw Unreadable(line: line, word: word) }
        return verdict
    }

    mutating func reason() throws -> FlushReason {
        let word = try word()
        guard let reason = FlushReason(rawValue: word) else { throw Unreadable(line: line, word: word) }
        return reason
    }

    mutating func scope() throws -> FlushScope {
        let word = try word()
        guard word == "file" else { return word == "everything" ? .everything : .vendor(word) }
        var file = FileIdentity()
        file.inode = try number()
        return .file(file)
    }

    private mutating func operation() throws -> Operation {
        let word = try word()
        guard let operation = Operation(rawValue: word) else { throw Unreadable(line: line, word: word) }
        return operation
    }

    private mutating func access() throws -> [Access] {
        let list = try word().split(separator: ",").map(String.init)
        return try list.map { word in
            guard let access = Access(rawValue: word) else { throw Unreadable(line: line, word: word) }
            return access
        }
    }

    /// `on OPERATION`, `access`, `deadline`, `fallback`, `full`, `capacity`.
    mutating func terms() throws -> AuthoriserTerms {
        var terms = AuthoriserTerms(
            operations: [.processExec], deadline: 100 * ArbitrationLimits.millisecond, fallback: .deny)
        while let word = next() {
            switch word {
            case "on": terms.operations = [try operation()]
            case "access": terms.fileAccess = Set(try access())
            case "deadline": terms.deadline = try time()
            case "fallback": terms.fallback = try verdict()
            case "full": terms.queueFull = try verdict()
            case "capacity": terms.capacity = Int(try number())
            default: throw Unreadable(line: line, word: word)
            }
        }
        return terms
    }

    /// `rule`, `file INODE`, `on OPERATION`, `access`, `fallback`, `timeout`, `changed TIME`, `exempt VENDOR`, `subject PID`.
    mutating func seed() throws -> QuestionSeed {
        var operation = Operation.processExec
        var wanted: [Access] = []
        var file = FileObject(path: ObservedPath("/bin/true"))
        var fallback = Rule.Fallback.allow
        var timeout: UInt64?
        var changeTime: UInt64 = 0
        var exemption = QuestionSeed.Exemption.none
        var subject: ProcessIdentity?
        var isFile = false
        var isByPolicy = false
        while let word = next() {
            switch word {
            case "file":
                file.identity.inode = try number()
                isFile = true
            case "on": operation = try self.operation()
            case "access": wanted = try access()
            case "fallback": fallback = try verdict()
            case "timeout": timeout = try time()
            case "rule": isByPolicy = true
            case "changed": changeTime = try time()
            case "exempt":
                let name = try self.word()
                exemption = name == "platform" ? .ofPlatform : .ofVendor(name)
            case "subject": subject = ProcessIdentity(pid: Int32(try number()), startTime: 0, execCount: 0)
            default: throw Unreadable(line: line, word: word)
            }
        }
        let content = ContentKey(
            operation: operation, access: wanted, file: file, changeTime: changeTime, subject: subject)
        return QuestionSeed(
            operation: operation, access: wanted,
            subject: Process(identity: ProcessIdentity(pid: 100, startTime: 0, execCount: 0)), file: file,
            fallback: fallback, timeout: timeout, isByPolicy: isByPolicy, content: isFile ? content : nil,
            exemption: exemption)
    }

    /// `allows ID` or `denies ID`; `cached [for TIME]`, `digest DIGIT` that it is bound to, `content DIGIT` that is known.
    mutating func answer() throws -> (Answer, UInt64, Digest?) {
        let verb = try word()
        guard ["allows", "denies"].contains(verb) else { throw Unreadable(line: line, word: verb) }
        let id = try number()
        var answer = Answer(verb == "allows" ? .allow : .deny)
        var content: Digest?
        while let word = next() {
            switch word {
            case "cached": answer.cache = .file(lifetime: nil)
            case "for": answer.cache = .file(lifetime: try time())
            case "digest": answer.digest = Digest(bytes: [UInt8](repeating: UInt8(try number()), count: 32))
            case "content": content = Digest(bytes: [UInt8](repeating: UInt8(try number()), count: 32))
            default: throw Unreadable(line: line, word: word)
            }
        }
        return (answer, id, content)
    }
}
