// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc

/// `image.load` through every door that maps a file executable.
enum ImageScenarios {
    static let refused = -EPERM

    static let all: [Scenario] = [
        Scenario("mapping a denied file executable fails, an allowed one works and is reported") { lab in
            try expect(acts_map_executable(Lab.deniedLibrary), refused, "mmap of a denied library")
            try await lab.expectDenial(.imageLoad, of: Lab.deniedLibrary)
            try expect(acts_map_executable(Lab.library), 0, "mmap of an allowed library")
            try await lab.expectEvent("the load") {
                guard $0.operation == .imageLoad, case .file(let file, _) = $0.object else { return false }
                return file.path.text == Lab.library
            }
        },
        Scenario("dlopen of a denied library fails, of an allowed one works") { lab in
            try require(dlopen(Lab.deniedLibrary, RTLD_NOW) == nil, "dlopen of a denied library worked")
            try await lab.expectDenial(.imageLoad, of: Lab.deniedLibrary)
            let handle = dlopen(Lab.library, RTLD_NOW)
            try require(handle != nil, "dlopen of an allowed library: \(String(cString: dlerror()))")
            if let handle { dlclose(handle) }
        },
        Scenario("mprotect is no second door") { lab in
            try expect(acts_protect_executable(Lab.deniedLibrary), refused, "mprotect of a denied file")
            let event = try await lab.expectDenial(.imageLoad, of: Lab.deniedLibrary)
            guard case .file(let file, _) = event.object else { throw Failure("no file") }
            try require(file.flags.contains(.mprotect), "flagged as mprotect")
            try expect(acts_protect_executable(Lab.library), 0, "mprotect of an allowed file")
        },
        Scenario("a library preloaded from a denied tree isn't mapped, the program runs without it") { lab in
            let environment = ["LD_PRELOAD=\(Lab.deniedLibrary)"]
            try expect(Lab.exec(Lab.dynamicProgram, environment: environment), 0, "the program itself")
            try await lab.expectDenial(.imageLoad, of: Lab.deniedLibrary)
        },
        Scenario("the loader doesn't start a denied program for anybody") { lab in
            let result = Lab.exec(Lab.loader, [Lab.denied + "/dynamic"])
            try require(result != 0, "the loader ran a denied program")
            try await lab.expectDenial(.imageLoad, of: Lab.denied + "/dynamic")
            try expect(Lab.exec(Lab.loader, [Lab.dynamicProgram]), 0, "the loader with an allowed program")
        },
        Scenario("every way to load a file is decided: mmap, mprotect, the program itself, the loader") { lab in
            let folder = try Lab.folder("images")
            let (library, program, dynamic) = (folder + "/library.so", folder + "/program", folder + "/dynamic")
            try Lab.copy(Lab.library, to: library)
            try Lab.copy(Lab.tiny, to: program)
            try Lab.copy(Lab.dynamicProgram, to: dynamic)
            try await lab.attempt(
                [
                    Act("mmap") { acts_map_executable(library) }.seen(path: library),
                    Act("mprotect") { acts_protect_executable(library) }.seen(path: library),
                    // The old program is gone by then: the kernel ends the process by a signal.
                    Act("execve", refused: SIGSEGV, SIGKILL, SIGSEGV | 0x80) { Lab.exec(program) }.seen(path: program),
                    Act("the loader", refused: 127 << 8, 1 << 8) { Lab.exec(Lab.loader, [dynamic]) }
                        .seen(path: dynamic),
                ], of: .imageLoad, under: Make.deny(.imageLoad, object: Make.path(folder + "/**")))
        },
    ]
}
