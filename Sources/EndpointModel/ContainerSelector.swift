// SPDX-License-Identifier: Apache-2.0

/// Which containers a rule concerns: all, or one by its id.
///
/// The id is taken from the path of the cgroup, in the forms that container engines give it:
/// Docker `docker-ID.scope` and `docker/ID`, containerd `cri-containerd-ID.scope` and (below a `kubepods` group) `ID`,
/// CRI-O `crio-ID.scope` and `crio-ID`, Podman `libpod-ID.scope` and `libpod-ID`.
public enum ContainerSelector: Hashable, Sendable, Codable {
    case any
    /// 12 to 64 lower-case hexadecimal digits: the id or its beginning.
    case id(String)

    /// `*` or an id.
    public init?(_ text: String) {
        if text == "*" {
            self = .any
            return
        }
        let isHexadecimal = text.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
        guard isHexadecimal, (12...64).contains(text.utf8.count) else { return nil }
        self = .id(text)
    }

    public var text: String {
        switch self {
        case .any: "*"
        case .id(let id): id
        }
    }

    /// What the paths of the cgroups of these containers look like.
    public var cgroupPatterns: [PathPattern] {
        let start = if case .id(let id) = self { id } else { "" }
        let id = start + String(repeating: "[0-9a-f]", count: 64 - start.utf8.count)
        let prefixes = "{docker,crio,libpod,cri-containerd}"
        // Written here, so they are patterns.
        return [
            "**/\(prefixes)-\(id){.scope,}{,/**}", "**/docker/\(id){,/**}", "/kubepods*/**/\(id){,/**}",
        ].map { try! PathPattern($0) }
    }
}
