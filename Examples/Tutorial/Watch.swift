// SPDX-License-Identifier: Apache-2.0

import Sallyport

func watch(_ client: SallyportClient) async throws {
    for try await element in client.followEvents(EventFilter(operations: [.processExec])) {
        switch element {
        case .event(let event):
            guard case .file(let file, _) = event.object else { continue }
            print("\(event.decision.verdict) \(event.subject.identity.pid) \(file.path.text)")
        case .gap(let gap):
            print("some events are missing: \(gap)")
        default:
            continue
        }
    }
}
