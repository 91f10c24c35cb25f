// SPDX-License-Identifier: Apache-2.0

internal import Crypto
public import EndpointModel
internal import SwiftASN1
internal import X509

/// A certificate whose key signs kernel modules: the kernel's build key, a distribution's, the site's own.
///
/// Of the certificate only the key counts, as for the kernel: neither who issued it nor until when it is valid.
public struct ModuleSigner: Sendable {
    /// Bytes of a file that holds some.
    public static let maximumFileSize = SignedCertificate.maximumFileSize

    let certificate: Certificate

    /// The subject's common name, or all of the subject where there isn't one.
    public var name: String { certificate.subject.commonName ?? String(describing: certificate.subject) }

    /// SHA-256 of the public key (DER of SubjectPublicKeyInfo).
    public var keyFingerprint: EndpointModel.Digest { certificate.publicKey.fingerprint }

    /// All certificates of a file: PEM, or one in DER, as the kernel's build and `mokutil --export` write them.
    ///
    /// - Throws: `malformed`, also when there is none.
    public static func all(in file: [UInt8]) throws(VendorCertificateError) -> [ModuleSigner] {
        guard file.count <= maximumFileSize else {
            throw VendorCertificateError(.malformed, "it is larger than \(maximumFileSize) bytes: give another file")
        }
        do {
            // The tag of a sequence; PEM is text.
            if file.first == 0x30 { return [ModuleSigner(certificate: try Certificate(derEncoded: file))] }
            let signers = try PEMDocument.parseMultiple(pemString: String(decoding: file, as: UTF8.self))
                .filter { $0.discriminator == Certificate.defaultPEMDiscriminator }
                .map { ModuleSigner(certificate: try Certificate(pemDocument: $0)) }
            guard signers.isEmpty else { return signers }
        } catch {
            throw VendorCertificateError(
                .malformed, "it can't be read: give X.509 certificates, in PEM or one in DER, with RSA or ECDSA keys")
        }
        throw VendorCertificateError(.malformed, "it contains no certificate: give another file")
    }
}

extension ModuleSigner {
    /// Whether a signature says that it is of this certificate.
    func isNamed(by identifier: ModuleSignedData.Signer) -> Bool {
        switch identifier {
        case .issuerAndSerial(let issuer, let serial):
            issuer == certificate.issuer && serial.elementsEqual(certificate.serialNumber.bytes)
        case .keyIdentifier(let bytes):
            (try? certificate.extensions.subjectKeyIdentifier)?.keyIdentifier.elementsEqual(bytes) ?? false
        }
    }

    func signed(_ content: ArraySlice<UInt8>, _ signature: ModuleSignedData.Signature) -> Bool {
        certificate.publicKey.isValidSignature(
            signature.value, for: content, signatureAlgorithm: signature.algorithm)
    }
}
