// SPDX-License-Identifier: Apache-2.0

/// Every decoder that faces a client, or what a client reads.
public enum FuzzTargets {
    public static let all: [any FuzzTarget] = [
        MessageTarget(), RequestTarget(), CertificateTarget(), HandoverTarget(), RecordTarget(), RingTarget(),
        RecordingTarget(), PolicyTarget(),
    ]

    public static var names: [String] { all.map(\.name) }

    public static func named(_ name: String) -> (any FuzzTarget)? { all.first { $0.name == name } }
}
