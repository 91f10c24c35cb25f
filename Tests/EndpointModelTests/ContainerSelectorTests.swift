// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Testing

@Suite struct ContainerSelectorTests {
    static let id = "4f6e1a0b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7"
    static let other = "aaaaaaaaaaaa4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7"
    private static let pod = "pod2f1d6f4e_0a1b_4c2d_9e3f_5a6b7c8d9e0f"

    /// The cgroups that container engines make, by systemd and by themselves.
    static let containers = [
        // Docker: systemd, cgroupfs, rootless, within a container, and what a container makes below itself.
        "/system.slice/docker-\(id).scope", "/docker/\(id)",
        "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-\(id).scope",
        "/docker/\(other)/docker/\(id)", "/system.slice/docker-\(id).scope/init.scope",
        // containerd below Kubernetes: systemd, cgroupfs, kind.
        "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-\(pod).slice/cri-containerd-\(id).scope",
        "/kubepods/burstable/\(pod)/\(id)", "/kubepods/\(pod)/\(id)",
        "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-\(pod).slice/cri-containerd-\(id).scope",
        // CRI-O.
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-\(pod).slice/crio-\(id).scope",
        "/kubepods/besteffort/\(pod)/crio-\(id)",
        // Podman: root, rootless, cgroupfs.
        "/machine.slice/libpod-\(id).scope", "/machine.slice/libpod-\(id).scope/container",
        "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-\(id).scope/container",
        "/libpod_parent/libpod-\(id)",
    ]

    /// What only looks like one: services, engines, monitors, ids that are too short or none.
    static let others = [
        "/", "/system.slice", "/system.slice/docker.service", "/system.slice/containerd.service",
        "/system.slice/crio.service", "/kubepods.slice", "/kubepods/besteffort/\(pod)", "/kubepods/burstable",
        "/user.slice/user-1000.slice/session-3.scope", "/machine.slice/libpod-conmon-\(id).scope",
        "/kubepods.slice/crio-conmon-\(id).scope", "/system.slice/docker-\(id.dropLast()).scope",
        "/system.slice/docker-\(id)0.scope", "/system.slice/docker-\(id.uppercased()).scope",
        "/system.slice/mydocker-\(id).scope", "/docker/\(id.dropLast())", "/docker", "/mydocker/\(id)", "/\(id)",
        "/system.slice/\(id)", "/user.slice/kubepods/\(id)", "/system.slice/docker-\(id).service",
    ]

    private func matches(_ selector: ContainerSelector, _ path: String) -> Bool {
        selector.cgroupPatterns.contains { $0.matches(Array(path.utf8)) }
    }

    @Test(arguments: containers)
    func `A container is known by its cgroup, by its whole id and by the beginning of it`(path: String) throws {
        #expect(matches(.any, path))
        for length in [12, 13, 32, 63, 64] {
            let selector = try #require(ContainerSelector(String(Self.id.prefix(length))))
            #expect(matches(selector, path), "\(length)")
        }
        let stranger = try #require(ContainerSelector("bbbbbbbbbbbb"))
        #expect(!matches(stranger, path))
        // The middle of an id is none.
        let middle = try #require(ContainerSelector(String(Self.id.dropFirst(4).prefix(20))))
        #expect(!matches(middle, path))
    }

    @Test(arguments: others)
    func `What isn't a container's cgroup is none's`(path: String) throws {
        #expect(!matches(.any, path))
        #expect(!matches(.id(Self.id), path))
    }

    @Test func `A selector is a star, or 12 to 64 lower-case hexadecimal digits`() {
        #expect(ContainerSelector("*") == .any)
        #expect(ContainerSelector(Self.id) == .id(Self.id))
        #expect(ContainerSelector("0123456789ab") == .id("0123456789ab"))
        for text in ["", "**", "0123456789a", Self.id + "0", "0123456789AB", "0123456789ag", "0123456789a*", " *"] {
            #expect(ContainerSelector(text) == nil, "\(text)")
        }
        for selector in [ContainerSelector.any, .id(Self.id)] {
            #expect(ContainerSelector(selector.text) == selector)
        }
    }
}
