// SPDX-License-Identifier: Apache-2.0

import Sallyport

func connect() async throws {
    try await SallyportClient.withConnection(credentials: .fromEnvironment()) { client in
        let greeting = try await client.greet()
        print("ready: \(greeting.caller.name) on tier \(greeting.coverage.tier.rawValue)")
    }
}
