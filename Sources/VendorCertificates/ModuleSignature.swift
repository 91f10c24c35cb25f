// SPDX-License-Identifier: Apache-2.0

/// The signature that a kernel module ends in (include/linux/module_signature.h, `mod_verify_sig`).
///
/// The file is the module, a PKCS #7 message, 12 bytes that say so, and a line of text. The message is over the module
/// without all that.
public enum ModuleSignature {
    public enum Verdict: Hashable, Sendable {
        /// By the signer at that place in the list.
        case signed(by: Int)
        case unsigned
        /// By a key that isn't in the list: who it says it is, for people.
        case otherSigner(String)
        /// It says that a signer of the list made it, but this isn't what that one signed.
        case badSignature
        /// Not the format; why, for people.
        case unreadable(String)
    }

    private static let mark = Array("~Module signature appended~\n".utf8)
    /// `struct module_signature`: algo, hash, id_type, signer_len, key_id_len, three bytes of padding, sig_len.
    private static let trailerSize = 12
    /// `PKEY_ID_PKCS7`
    private static let pkcs7: UInt8 = 2

    /// Who signed a module, as it is unpacked. A key counts, wherever it is from; what names its certificate only tells
    /// a wrong signature from somebody else's.
    public static func verdict(on module: [UInt8], signers: [ModuleSigner]) -> Verdict {
        guard module.suffix(mark.count).elementsEqual(mark) else { return .unsigned }
        let rest = module.dropLast(mark.count)
        guard rest.count >= trailerSize else { return .unreadable("it ends before its signature") }
        let trailer = Array(rest.suffix(trailerSize))
        let length = trailer[8...].reduce(0) { $0 << 8 | Int($1) }
        guard trailer[2] == pkcs7 else { return .unreadable("its signature isn't PKCS #7") }
        // The kernel refuses anything else, too.
        guard trailer[0] == 0, trailer[1] == 0, trailer[3..<8].allSatisfy({ $0 == 0 }) else {
            return .unreadable("what describes its signature isn't zero where it has to be")
        }
        let signed = rest.dropLast(trailerSize)
        guard length < signed.count else { return .unreadable("its signature is longer than the module") }
        let content = signed.dropLast(length)
        let message: ModuleSignedData
        do {
            message = try ModuleSignedData(signed.suffix(length))
        } catch let error as VendorCertificateError {
            return .unreadable(error.message)
        } catch {
            return .unreadable("its signature can't be read")
        }
        for signature in message.signatures {
            if let index = signers.firstIndex(where: { $0.signed(content, signature) }) { return .signed(by: index) }
        }
        let isNamed = message.signatures.contains { signature in
            signers.contains { $0.isNamed(by: signature.signer) }
        }
        return isNamed ? .badSignature : .otherSigner(message.signatures[0].signer.text)
    }
}
