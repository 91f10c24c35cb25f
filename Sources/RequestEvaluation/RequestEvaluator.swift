// SPDX-License-Identifier: Apache-2.0

public import APICatalogue
public import EndpointModel

/// Compares requests with what there is: a pure function of the request and three tables.
public struct RequestEvaluator: Sendable {
    let operations: [OperationDescription]
    let api: APISchema
    let hooks: HookFacts

    /// - Parameters:
    ///   - operations: what can be seen and decided.
    ///   - api: the elements of the API.
    ///   - hooks: what kernels let programs do.
    public init(
        operations: [OperationDescription] = OperationCatalogue.all, api: APISchema = .recorded,
        hooks: HookFacts = .measured
    ) {
        self.operations = operations
        self.api = api
        self.hooks = hooks
    }

    /// The comparison. A means that the criteria rule out comes first, then what an operation can't do and something
    /// simpler can, then what is missing; covered is what remains.
    public func evaluate(_ request: APIRequest) -> Evaluation {
        var evaluation = outcome(of: request)
        evaluation.kernels = HookFacts.kernels.map { kernel(request, $0) }
        if evaluation.outcome == .covered { refuseUncoveredKernels(request, &evaluation) }
        evaluation.related = related(to: request.need.words)
        return evaluation
    }

    private func outcome(of request: APIRequest) -> Evaluation {
        if let simpler = simplerMeans(for: request) ?? simplerAction(for: request) ?? widening(for: request) {
            return simpler
        }
        let missing = missing(from: request)
        if missing.isEmpty { return covered(request) }
        var evaluation = Evaluation(.gap)
        evaluation.reasons = missing.map(\.sentence)
        evaluation.skeleton = ProtoSketch(api: api, facts: request.need.facts).text(for: missing)
        if request.need.action == .ask, request.knownOperation == nil, request.need.operation != nil {
            evaluation.reasons.append(
                "a kernel program can't wait for an answer; only what fanotify holds can be asked about: "
                    + operations.filter(\.canAsk).map(\.operation.rawValue).joined(separator: ", "))
        }
        return evaluation
    }

    func description(of request: APIRequest) -> OperationDescription? {
        request.knownOperation.flatMap { known in operations.first { $0.operation == known } }
    }

    /// What is asked for that isn't there.
    private func missing(from request: APIRequest) -> [MissingPart] {
        let need = request.need
        var missing: [MissingPart] = []
        if let name = need.operation {
            if let description = description(of: request) {
                let subject = need.subject.filter { field in !Field.ofProcesses.contains { $0.rawValue == field } }
                let object = need.object.filter { field in !description.fields.contains { $0.rawValue == field } }
                let access = need.access.filter { word in !description.access.contains { $0.rawValue == word } }
                missing += subject.map { .field($0, of: "subject", operation: name) }
                missing += object.map { .field($0, of: "object", operation: name) }
                missing += access.map { .access($0, operation: name) }
            } else {
                missing.append(.operation(name))
            }
        }
        if let element = need.element, api.elements(named: element).isEmpty { missing.append(.element(element)) }
        return missing
    }

    private func covered(_ request: APIRequest) -> Evaluation {
        var evaluation = Evaluation(.covered)
        if let description = description(of: request), let action = request.need.action {
            let name = description.operation.rawValue
            evaluation.reasons.append("`\(name)` can be \(action.participle), and told apart as asked")
            evaluation.ways += Way(api: api).sentences(action, of: name)
            evaluation.policy = PolicySketch(request: request).yaml
            if !description.note.isEmpty { evaluation.ways.append("Know: " + description.note) }
        }
        if let name = request.need.element, let element = api.elements(named: name).first {
            evaluation.reasons.append("`\(element.name)` is in the API")
            evaluation.ways.append(Way(api: api).sentence(for: element))
        }
        return evaluation
    }

    private func related(to words: [String]) -> [String] {
        let words = words.map { $0.lowercased() }
        guard !words.isEmpty else { return [] }
        let found = api.elements.filter { element in
            let text = (element.name + " " + element.summary).lowercased()
            let parts = Set(text.split { !$0.isLetter && !$0.isNumber }.map(String.init))
            return element.kind != .reserved && words.allSatisfy { parts.contains($0) || parts.contains($0 + "s") }
        }
        return found.prefix(Self.maximumRelated).map(\.name)
    }

    /// Elements that an evaluation names because of the request's words; more are too many to read.
    static let maximumRelated = 12
}

extension APIRequest.Action {
    var participle: String {
        switch self {
        case .notify: "seen"
        case .deny: "refused"
        case .ask: "held until it is answered"
        }
    }
}
