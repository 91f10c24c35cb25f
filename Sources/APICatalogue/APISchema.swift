// SPDX-License-Identifier: Apache-2.0

/// All elements of one version of the API, in the order of the `.proto` files.
public struct APISchema: Hashable, Sendable {
    /// The package, such as `sallyport.v1`; every name begins with it.
    public var package: String
    public var elements: [APIElement]

    public init(package: String, elements: [APIElement]) {
        self.package = package
        self.elements = elements
    }

    /// The name without the package.
    public func shortName(_ element: APIElement) -> String {
        element.name.hasPrefix(package + ".") ? String(element.name.dropFirst(package.count + 1)) : element.name
    }

    /// The elements that `text` names: the one with that full name, or else with that name below the package, or else
    /// all whose name ends with it at a dot (`Watch` and `Events.Watch` name the same). Letters' case is ignored unless
    /// it tells some from others.
    public func elements(named text: String) -> [APIElement] {
        let candidates = elements.filter { $0.kind != .reserved }
        let wanted = text.lowercased()
        let tests: [(APIElement) -> Bool] = [
            { $0.name == text || shortName($0) == text },
            { $0.name.hasSuffix("." + text) },
            { shortName($0).lowercased() == wanted },
            { $0.name.lowercased().hasSuffix("." + wanted) },
        ]
        return tests.lazy.map { candidates.filter($0) }.first { !$0.isEmpty } ?? []
    }

    /// What belongs to the element directly: rpcs, fields, values, nested messages.
    public func members(of element: APIElement) -> [APIElement] {
        elements.filter { $0.owner == element.name && $0.kind != .reserved }
    }

    /// The messages and enums that an rpc's or field's type names.
    func references(of element: APIElement, among types: [String: APIElement]) -> [APIElement] {
        guard element.kind == .rpc || element.kind == .field else { return [] }
        let words = element.type.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }
        return words.compactMap { types["\(package).\($0)"] }
    }

    /// By name.
    var types: [String: APIElement] {
        let types = elements.filter { $0.kind == .message || $0.kind == .enum }
        return Dictionary(types.map { ($0.name, $0) }) { first, _ in first }
    }

    /// A service with its rpcs, then every message and enum that a call of it may carry, with what belongs to them, in
    /// the order of the schema. Empty when there is no such service.
    public func reachable(fromService name: String) -> [APIElement] {
        guard let service = elements(named: name).first(where: { $0.kind == .service }) else { return [] }
        let types = types
        let byOwner = Dictionary(grouping: elements.filter { $0.kind != .reserved }, by: \.owner)
        var reached: Set<String> = [service.name]
        var open = [service.name]
        while let next = open.popLast() {
            for member in byOwner[next] ?? [] {
                let isType = member.kind == .message || member.kind == .enum
                if !isType { reached.insert(member.name) }
                for type in references(of: member, among: types) where reached.insert(type.name).inserted {
                    open.append(type.name)
                }
            }
        }
        let own = members(of: service)
        return [service] + own
            + elements.filter {
                $0.kind != .reserved && reached.contains($0.name) && $0 != service && !own.contains($0)
            }
    }
}
