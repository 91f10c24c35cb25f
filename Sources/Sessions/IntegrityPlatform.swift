// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// What watches the kernel's integrity, behind `sallyport.v1.Integrity` and `Inspection`. Values only, as in `Platform`.
public protocol IntegrityPlatform: Sendable {
    /// All findings that are kept, in order of their ids.
    ///
    /// - Throws: like the others where the kernel isn't watched after all: that is not to be taken for nothing found.
    func findings() async throws(PlatformError) -> [Finding]
    /// Findings from now on, the open ones first. It ends when the platform stops, or when it is let go of.
    func watchFindings() async throws(PlatformError) -> any FindingSubscription
    func integrityStatus() async -> IntegrityStatus
    /// Has checks look now; a stream that ends before all have is the platform's stop. - Throws: `filterInvalid` for a name that no check has.
    func scan(_ checks: Set<String>) async throws(PlatformError) -> AsyncStream<ScanProgress>
    /// What the kernel itself has changed, as the last look of a check, or of all, saw it.
    func explained(by check: String?) async throws(PlatformError) -> [ExplainedChange]
    /// Ends isolation, and tells why it was there; `nil` where it wasn't.
    ///
    /// - Throws: `sealed`.
    func endIsolation() async throws(PlatformError) -> String?

    /// The areas of the kernel that can be read, in order of their names.
    func inspectionAreas() async throws(PlatformError) -> [InspectionArea]
    /// A part of an area. - Parameter length: bytes, or entries; 0 is up to the end.
    /// - Throws: `areaNotFound`, `filterInvalid` for what lies outside, `inspectionQuota`.
    func inspect(
        _ area: String, from offset: UInt64, length: UInt64, for caller: Caller
    ) async throws(PlatformError) -> [InspectedPiece]
}

/// One reader's findings, bounded: what is too much is counted. One task takes them.
public protocol FindingSubscription: AnyObject, Sendable {
    /// The next findings, as they are now, and how many changes were lost before them; `nil` when the platform stops or
    /// `cancel` was called.
    func next() async -> (findings: [Finding], missed: UInt64)?
    func cancel()
}

extension PlatformError {
    /// Nothing is called so.
    public static func noCheck(_ name: String) -> PlatformError {
        PlatformError(.filterInvalid, "there is no check '\(name)': sallyport integrity checks shows their names")
    }
}
