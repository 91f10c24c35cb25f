// SPDX-License-Identifier: Apache-2.0

import Sallyport

@main struct Agent {
    static func main() async throws {
        try await SallyportClient.withConnection(credentials: .fromEnvironment()) { client in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await watch(client) }
                tasks.addTask { try await answer(client) }
                try await tasks.next()
                tasks.cancelAll()
            }
        }
    }
}
