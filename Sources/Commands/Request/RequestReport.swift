// SPDX-License-Identifier: Apache-2.0

package import RequestEvaluation

/// What comparing a request with what there is came to, for people and for programs.
package struct RequestReport {
    private let request: APIRequest
    package let evaluation: Evaluation

    package init(request: APIRequest, evaluation: Evaluation) {
        self.request = request
        self.evaluation = evaluation
    }

    package func lines(on screen: Screen) -> [String] {
        let style = screen.style
        let verdict =
            switch evaluation.outcome {
            case .covered: style.green("covered: there is a way")
            case .simpler: style.yellow("simpler: there is a simpler design")
            case .gap: style.red("gap: there is no way")
            }
        var lines = Prose.wrap(
            "\(request.name): \(VisibleText(request.title).text)", width: screen.width, indent: 2, first: 0
        ).map(style.bold)
        lines.append(verdict)
        lines += list(evaluation.reasons, on: screen)
        lines += section("how", list(evaluation.ways, on: screen), screen)
        lines += section("a policy to begin with", block(evaluation.policy), screen)
        lines += section("kernels", kernels(on: screen), screen)
        lines += section("a draft to begin with", block(evaluation.skeleton), screen)
        lines += section("see also", list(evaluation.related.map { "sallyport api show \($0)" }, on: screen), screen)
        return lines
    }

    private func section(_ title: String, _ lines: [String], _ screen: Screen) -> [String] {
        lines.isEmpty ? [] : ["", screen.style.dim(title)] + lines
    }

    private func list(_ sentences: [String], on screen: Screen) -> [String] {
        sentences.flatMap {
            Prose.wrap("- " + VisibleText($0).text, width: screen.width, indent: 4, first: 2)
        }
    }

    /// Text to be copied: never wrapped, safe to print.
    private func block(_ text: String) -> [String] {
        text.isEmpty
            ? []
            : text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
                $0.isEmpty ? "" : "  " + VisibleText(String($0)).text
            }
    }

    private func kernels(on screen: Screen) -> [String] {
        evaluation.kernels.flatMap { row in
            let asked = request.kernels.contains(row.kernel) ? "" : " (not asked for)"
            let notes = row.notes.isEmpty ? "" : ": " + row.notes.joined(separator: ", ")
            return Prose.wrap(
                "\(row.kernel) \(row.carries ? "yes" : "no")\(asked)\(notes)", width: screen.width, indent: 4, first: 2)
        }
    }

    package var json: JSONObject {
        func texts(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }
        return [
            "request": .string(request.name), "outcome": .string(evaluation.outcome.rawValue),
            "reasons": texts(evaluation.reasons), "ways": texts(evaluation.ways),
            "policy": .string(evaluation.policy), "skeleton": .string(evaluation.skeleton),
            "kernels": .array(
                evaluation.kernels.map { row in
                    .object([
                        "kernel": .string(row.kernel), "asked": .bool(request.kernels.contains(row.kernel)),
                        "carries": .bool(row.carries), "notes": texts(row.notes),
                    ])
                }), "related": texts(evaluation.related),
        ]
    }
}
