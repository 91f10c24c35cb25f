// SPDX-License-Identifier: Apache-2.0

/// The kinds of keys that are made and accepted for vendors and for the platform.
public enum KeyAlgorithm: String, CaseIterable, Hashable, Sendable {
    /// ECDSA over NIST P-256 with SHA-256.
    case p256
    /// Ed25519 (RFC 8032). Not every TLS library offers it.
    case ed25519
}
