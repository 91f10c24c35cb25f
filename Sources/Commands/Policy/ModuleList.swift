// SPDX-License-Identifier: Apache-2.0

import Crypto
import EndpointModel
import KernelImage
import VendorCertificates

/// The digests of modules that somebody signed, and what became of the others.
struct ModuleList {
    /// Nobody: all modules are listed, signed or not.
    let signers: [ModuleSigner]
    private(set) var lines: [String] = []
    private(set) var unsigned = 0
    /// By who they say they are signed by.
    private(set) var foreign: [String: Int] = [:]
    /// Lines that say of which module the signature is bad, and how.
    private(set) var bad: [String] = []

    init(signers: [ModuleSigner]) { self.signers = signers }

    /// The digest is that of the file as it lies on the disk, packed as it is: that is what the kernel is given. The
    /// signature is of what it unpacks to.
    mutating func add(_ file: [UInt8], _ path: String) {
        let name = VisibleText(path).text
        if !signers.isEmpty {
            let module: [UInt8]
            do throws(PackedModuleError) {
                module = try PackedModule.unpack(file)
            } catch {
                bad.append("\(name): \(error)")
                return
            }
            switch ModuleSignature.verdict(on: module, signers: signers) {
            case .signed: break
            case .unsigned:
                unsigned += 1
                return
            case .otherSigner(let signer):
                foreign[VisibleText(signer).text, default: 0] += 1
                return
            case .badSignature:
                bad.append("\(name): its signature isn't of this content: reinstall its package")
                return
            case .unreadable(let why):
                bad.append("\(name): \(VisibleText(why).text)")
                return
            }
        }
        let digest = SHA256.hash(data: file).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 2 ? digits : "0" + digits
        }
        lines.append(digest.joined() + "  " + name)
    }

    /// A line for each kind of module that isn't listed.
    var remarks: [String] {
        var lines = bad
        if unsigned > 0 { lines.append("skipped, not signed: \(unsigned)") }
        for (signer, count) in foreign.sorted(by: { $0.key < $1.key }) {
            lines.append("skipped, signed by another (\(signer)): \(count)")
        }
        if !bad.isEmpty { lines.append("skipped, with a signature that doesn't hold: \(bad.count)") }
        return lines + ["listed: \(self.lines.count)"]
    }

    /// What the list is, as comments.
    func heading(_ directory: String) -> [String] {
        let place = VisibleText(directory).text
        guard !signers.isEmpty else { return ["# Kernel modules below \(place), signed or not"] }
        return ["# Kernel modules below \(place), signed by"]
            + signers.map { "#   \(VisibleText($0.name).text), key \($0.keyFingerprint)" }
    }
}
