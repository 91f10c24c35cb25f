// SPDX-License-Identifier: Apache-2.0

package import BPFRuntime
package import LinuxSystem

/// Why a subscription couldn't be made or changed. What was in force stays.
package enum SubscriberError: Error, CustomStringConvertible {
    /// All `SP_MAX_SUBSCRIBERS` are taken.
    case limit(Int)
    /// The filter can't be applied: a sentence about which part of it, and what to do.
    case filter(String)
    /// The subscriber's ring, or the daemon's, has no room for a marker.
    case full
    /// The programs' scratch memory is all in use.
    case busy
    /// The subscription has ended.
    case ended
    /// The platform is stopping.
    case stopping
    case kernel(BPFError)
    case system(Errno)

    package var description: String {
        switch self {
        case .limit(let limit): "there are \(limit) subscribers already: end one and try again"
        case .filter(let complaint): complaint
        case .full: "a ring is full just now: read it, and try again"
        case .busy: "the kernel's side is busy just now: try again"
        case .ended: "the subscription has ended: make a new one"
        case .stopping: "the platform is stopping"
        case .kernel(let error): error.description
        case .system(let error): error.description
        }
    }
}
