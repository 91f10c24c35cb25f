// SPDX-License-Identifier: Apache-2.0

public import KernelImage
import LinuxSystem

/// What the kernel's text and constants should be: from the image on disk where it is the one that runs, else nothing; then
/// the first look at them is the baseline, which can't tell what was changed before.
public struct ImageBaseline: Sendable {
    public var text: KernelText?
    public var constants: KernelConstants?
    /// Where it comes from, or why there is none, in a sentence for people.
    public var origin: String

    public init(text: KernelText? = nil, constants: KernelConstants? = nil, origin: String) {
        self.text = text
        self.constants = constants
        self.origin = origin
    }

    /// Reads and unpacks an image.
    init(path: String, symbols: KernelSymbolTable) {
        do {
            let image = try KernelImage(try FileSystem.read(path, limit: 512 << 20))
            let running = KernelImage.buildID(inNotes: try FileSystem.read("/sys/kernel/notes"))
            guard image.buildID == running, !running.isEmpty else {
                self.init(origin: "first scan, as \(path) isn't the kernel that runs (its build ID differs)")
                return
            }
            guard let here = symbols.address(of: "_text"), let linked = image.symbols.address(of: "_text") else {
                self.init(origin: "first scan, as the kernel's or the image's symbols lack _text")
                return
            }
            let retbleed = try? FileSystem.readText("/sys/devices/system/cpu/vulnerabilities/retbleed")
            let slide = here &- linked
            let tables = image.unknownTables
            self.init(
                text: try image.text(slide: slide, countsCalls: retbleed?.contains("Stuffing") ?? false),
                constants: try image.constants(slide: slide),
                origin: tables.isEmpty
                    ? "the image \(path)"
                    : "the image \(path), which has tables that aren't known here: \(tables.joined(separator: ", "))")
        } catch {
            self.init(origin: "first scan, as \(path) can't be used: \(error)")
        }
    }
}
