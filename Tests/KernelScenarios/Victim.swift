// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Sallyport

/// An agent that protects what is its own: `kernel-scenarios victim CREDENTIALS SOCKET FOLDER [DIRECTORY…]`. Its executable is a
/// copy in the folder; beside it lie `file` and the directory `tree`.
enum Victim {
    static func run(_ arguments: [String]) async throws {
        guard arguments.count >= 3 else { throw Failure("usage: victim CREDENTIALS SOCKET FOLDER") }
        let credentials = try VendorCredentials(directory: arguments[0])
        let folder = arguments[2]
        // Code beside its own, which nobody else has.
        try require(dlopen(folder + "/library.so", RTLD_NOW) != nil, "load the library")
        try await SallyportClient.withConnection(to: arguments[1], credentials: credentials) { client in
            let objects: [ProtectedObject] =
                [
                    .executable(Array((folder + "/agent").utf8), children: false),
                    .file(Array((folder + "/file").utf8)),
                    .directory(Array((folder + "/tree").utf8)),
                ] + arguments.dropFirst(3).map { .directory(Array($0.utf8)) }
            let entries = try await client.protection.protect(objects)
            say("ready \(entries.map(\.id))")
            try await Task.sleep(for: .seconds(3600))
        }
    }
}
