// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// What watches the kernel's integrity, behind `sallyport.v1.Integrity` and `Inspection`. Values only, as in `Platform`.
public protocol IntegrityPlatform: Sendable {
    /// All findings that are kept, in order of their ids.
    func findings() async -> [Finding]
    /// Findings from now on, the open ones first. It ends when the platform stops, or when it is let go of.
    func watchFindings() async -> any FindingSubscription
    func integrityStatus() async -> IntegrityStatus
    /// Has checks look now. - Throws: `filterInvalid` for a name that no check has.
    func scan(_ checks: Set<String>) async throws(PlatformError) -> AsyncStream<ScanProgress>
    /// What the kernel itself has changed, as the last look of a check, or of all, saw it.
    func explained(by check: String?) async -> [ExplainedChange]

    /// The areas of the kernel that can be read, in order of their names.
    func inspectionAreas() async throws(PlatformError) -> [InspectionArea]
    /// A part of an area. - Parameter length: bytes, or entries; 0 is up to the end.
    /// - Throws: `areaNotFound`, `filterInvalid` for what lies outside, `inspectionQuota`.
    func inspect(
        _ area: String, from offset: UInt64, length: UInt64, for caller: Caller
    ) async throws(PlatformError) -> [InspectedPiece]
}

/// One reader's findings, bounded: what is too much is counted.
public protocol FindingSubscription: AnyObject, Sendable {
    /// The next findings, as they are now, and how many changes were lost before them; `nil` when the platform stops or
    /// `cancel` was called.
    func next() async -> (findings: [Finding], missed: UInt64)?
    func cancel()
}
