// SPDX-License-Identifier: Apache-2.0

/// The names that what subscribers need has in the object.
package struct SubscriberMaps: Sendable {
    package var subscribers: String
    package var rings: String
    package var mutes: String
    package var programs: String
    package var runtime: String
    /// The program that puts the daemon's messages into the rings.
    package var message: String

    package init(
        subscribers: String, rings: String, mutes: String, programs: String, runtime: String, message: String
    ) {
        self.subscribers = subscribers
        self.rings = rings
        self.mutes = mutes
        self.programs = programs
        self.runtime = runtime
        self.message = message
    }
}
