// SPDX-License-Identifier: Apache-2.0

import Sallyport

/// One act in the micro-VM and what must come of it.
struct Scenario: Sendable {
    /// A sentence.
    var name: String
    /// One that hangs for so long ends the run. Seconds; far from what it takes, as the machine is emulated and may be busy.
    var limit: UInt32
    var body: @Sendable (Lab) async throws -> Void

    init(_ name: String, limit: UInt32 = 120, _ body: @escaping @Sendable (Lab) async throws -> Void) {
        self.name = name
        self.limit = limit
        self.body = body
    }
}

/// A statement that didn't hold.
struct Failure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Something took longer than it may. On an emulated machine anything does now and then: the scenario gets a second try.
struct Late: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Is late unless `condition` holds: for bounds of time, and for them alone.
func requireInTime(_ condition: Bool, _ statement: @autoclosure () -> String) throws {
    guard condition else { throw Late(statement()) }
}

/// Fails unless `condition` holds.
func require(_ condition: Bool, _ statement: @autoclosure () -> String) throws {
    guard condition else { throw Failure(statement()) }
}

/// Fails unless both are equal; says both.
func expect<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) throws {
    guard found == expected else { throw Failure("\(what): found \(found), expected \(expected)") }
}

/// Fails unless the platform refuses a call for that reason.
func expectReason(_ reason: String, _ call: () async throws -> Any) async throws {
    do {
        _ = try await call()
    } catch let error as SallyportError {
        try expect(error.reason, reason, "the reason of: \(error.message)")
        return
    }
    throw Failure("it wasn't refused as \(reason)")
}
