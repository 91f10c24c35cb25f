// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Synchronization

/// The memory that requests may take which have begun and aren't complete: the limit `requests-size`.
///
/// A request is held until its last byte is there. How large each may be bounds nothing as long as there may be many.
final class RequestBudget: Sendable {
    /// Whose a request is.
    enum Owner: Hashable {
        /// The machine's operator's.
        case site
        case vendor(VendorIdentity)
        /// Somebody's who hasn't shown yet who that is.
        case stranger

        /// Whether it may change policies, whose requests are the large ones.
        var managesPolicy: Bool {
            switch self {
            case .site: true
            case .vendor(let vendor): vendor.entitlements.managePolicy
            case .stranger: false
            }
        }

        /// By which requests are counted together.
        fileprivate var key: String? {
            switch self {
            case .site: "site"
            case .vendor(let vendor): "vendor " + vendor.name
            case .stranger: nil
            }
        }

        /// The part of the budget that such an owner may have.
        fileprivate var share: Int {
            switch self {
            case .site: 1
            case .vendor: 2
            case .stranger: 4
            }
        }
    }

    private struct State {
        var all = 0
        var byOwner: [String?: Int] = [:]
        var refused: UInt64 = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Calls that were broken off.
    var refused: UInt64 { state.withLock { $0.refused } }
    /// Bytes that are taken.
    var taken: Int { state.withLock { $0.all } }

    /// Takes bytes; false when there aren't so many.
    func take(_ bytes: Int, for owner: Owner) -> Bool {
        state.withLock { state in
            let own = state.byOwner[owner.key] ?? 0
            guard state.all + bytes <= limit, own + bytes <= limit / owner.share else { return false }
            state.all += bytes
            state.byOwner[owner.key] = own + bytes
            return true
        }
    }

    func release(_ bytes: Int, of owner: Owner) {
        guard bytes > 0 else { return }
        state.withLock { state in
            state.all -= bytes
            let own = (state.byOwner[owner.key] ?? 0) - bytes
            state.byOwner[owner.key] = own > 0 ? own : nil
        }
    }

    func countRefusal() { state.withLock { $0.refused += 1 } }
}
