// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// What a client wants to be asked, and what stands for its answer where there is none.
public struct AuthoriserTerms: Hashable, Sendable {
    public var operations: Set<Operation>
    /// `file.open` for which access: `read`, `write` or both. A question on any of them is put to the client.
    public var fileAccess: Set<Access>
    /// How long the client has for an answer, nanoseconds from when the operation was held.
    public var deadline: UInt64
    /// What counts as its vote when it misses a deadline, is lost, or isn't asked for a while.
    public var fallback: Rule.Fallback
    /// What counts as its vote when a limit of questions in flight is reached. Never an allow unless it says so.
    public var queueFull: Rule.Fallback
    /// How many questions it takes at a time.
    public var capacity: Int

    public init(
        operations: Set<Operation>, fileAccess: Set<Access> = [], deadline: UInt64, fallback: Rule.Fallback,
        queueFull: Rule.Fallback = .deny, capacity: Int = 1024
    ) {
        self.operations = operations
        self.fileAccess = fileAccess
        self.deadline = deadline
        self.fallback = fallback
        self.queueFull = queueFull
        self.capacity = capacity
    }

    /// Whether a question on this is put to the client. An access that isn't known may be any.
    func cover(_ operation: Operation, access: [Access], isByPolicy: Bool = false) -> Bool {
        guard operations.contains(operation) else { return false }
        return isByPolicy || operation != .fileOpen || access.isEmpty || access.contains { fileAccess.contains($0) }
    }

    func check() throws(ArbitrationError) {
        guard !operations.isEmpty else { throw .noOperations }
        for operation in operations where !OperationCatalogue.description(of: operation).canAsk {
            throw .cannotAsk(operation)
        }
        guard fileAccess.isSubset(of: [.read, .write]), fileAccess.isEmpty != operations.contains(.fileOpen) else {
            throw .fileAccessMismatch
        }
    }
}
