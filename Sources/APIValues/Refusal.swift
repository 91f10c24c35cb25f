// SPDX-License-Identifier: Apache-2.0

/// How a refusal travels: a gRPC status for every client, a stable word for programs, a sentence for people.
package enum Refusal {
    /// The key in the trailing metadata under which the word stands.
    package static let reasonKey = "sallyport-reason"
}
