// SPDX-License-Identifier: Apache-2.0

import Sallyport

func answer(_ client: SallyportClient) async throws {
    let authorisation = Authorisation(
        operations: [.processExec], deadlineMilliseconds: 500, fallback: .allow)
    try await client.answer(authorisation, reconnecting: true) { question in
        if question.file.path.text.hasPrefix("/tmp/refused/") {
            return Answer(.deny, reason: "nothing runs from /tmp/refused")
        }
        return Answer(.allow)
    }
}
