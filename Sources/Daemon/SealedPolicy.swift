// SPDX-License-Identifier: Apache-2.0

/// What changes the site's policies once the platform is sealed.
enum SealedPolicy: String, Sendable {
    /// Bundles that the site's authority signed; and policies of new names, which take nothing away.
    case signed
    /// Nothing.
    case frozen
}
