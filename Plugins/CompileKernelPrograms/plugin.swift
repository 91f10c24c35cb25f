// SPDX-License-Identifier: Apache-2.0

import Foundation
import PackagePlugin

/// Compiles the objects of `Kernel` with the toolchain's own clang and embeds them, so that `swift build` is
/// enough and one binary is shipped. The work is in the tool `bpf-embed`; changes to this file aren't tracked by builds.
@main
struct CompileKernelPrograms: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let kernel = context.package.directoryURL.appending(path: "Kernel")
        let output = context.pluginWorkDirectoryURL.appending(path: "SallyportObject.swift")
        return [
            .buildCommand(
                displayName: "Compiling the kernel programs",
                executable: try context.tool(named: "bpf-embed").url,
                arguments: [
                    try context.tool(named: "clang").url.path,
                    try context.tool(named: "llvm-objcopy").url.path,
                    kernel.path,
                    context.pluginWorkDirectoryURL.appending(path: "object.bpf.o").path,
                    output.path,
                ],
                inputFiles: try sources(below: kernel),
                outputFiles: [output])
        ]
    }

    private func sources(below folder: URL) throws -> [URL] {
        let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return (found?.compactMap { $0 as? URL } ?? [])
            .filter { ["c", "h"].contains($0.pathExtension) }
            .sorted { $0.path < $1.path }
    }
}
