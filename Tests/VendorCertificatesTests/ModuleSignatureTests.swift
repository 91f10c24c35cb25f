// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SwiftASN1
import Testing
@_spi(CMS) import X509

@testable import VendorCertificates

@Suite struct ModuleSignatureTests {
    @Test(arguments: SignedModule.Kind.allCases, [false, true])
    func `A module is its signer's, by any kind of key and name`(kind: SignedModule.Kind, namesKey: Bool) throws {
        var module = try SignedModule(kind)
        module.namesKey = namesKey
        let others = try SignedModule(.p256).signers
        #expect(try ModuleSignature.verdict(on: module.bytes(), signers: module.signers) == .signed(by: 0))
        #expect(try ModuleSignature.verdict(on: module.bytes(), signers: others + module.signers) == .signed(by: 1))
        var changed = try module.bytes()
        changed[100] ^= 1
        #expect(try ModuleSignature.verdict(on: changed, signers: others + module.signers) == .badSignature)
        guard case .otherSigner = try ModuleSignature.verdict(on: module.bytes(), signers: others) else {
            Issue.record("another's key made it")
            return
        }
    }

    @Test func `A message with certificates in it is read, and they aren't trusted`() throws {
        let module = try SignedModule(.p384)
        let message = try CMS.sign(
            module.content, signatureAlgorithm: .ecdsaWithSHA384, certificate: module.certificate,
            privateKey: module.key)
        let bytes = try module.bytes(message: message)
        #expect(try ModuleSignature.verdict(on: bytes, signers: module.signers) == .signed(by: 0))
        #expect(
            try ModuleSignature.verdict(on: bytes, signers: SignedModule(.p384).signers)
                == .otherSigner("Kernel build, serial \(module.certificate.serialNumber.text)"))
    }

    @Test func `Another certificate of the same name and number isn't the signer`() throws {
        let module = try SignedModule()
        // The same message, over what somebody else put before it.
        var forged = try SignedModule()
        forged.content += [0]
        let bytes = try forged.bytes(message: module.message())
        #expect(try ModuleSignature.verdict(on: bytes, signers: module.signers) == .badSignature)
    }

    @Test func `Whatever is cut off the end, the module is nobody's`() throws {
        let module = try SignedModule()
        let bytes = try module.bytes()
        let signers = try module.signers
        #expect(ModuleSignature.verdict(on: bytes.dropLast(1), signers: signers) == .unsigned)
        #expect(ModuleSignature.verdict(on: SignedModule.content, signers: signers) == .unsigned)
        #expect(ModuleSignature.verdict(on: [], signers: signers) == .unsigned)
        for count in stride(from: 0, to: bytes.count, by: 61) {
            #expect(ModuleSignature.verdict(on: Array(bytes.prefix(count)), signers: signers) == .unsigned)
            // The line of text behind less than there was.
            let body = bytes.dropLast(SignedModule.mark.count)
            guard count < body.count else { continue }
            let verdict = ModuleSignature.verdict(
                on: Array(body.suffix(count)) + SignedModule.mark, signers: signers)
            #expect(verdict != .signed(by: 0))
        }
        guard case .unreadable = ModuleSignature.verdict(on: SignedModule.mark, signers: signers) else {
            Issue.record("there is nothing before the mark")
            return
        }
    }

    @Test func `What the kernel wouldn't read is nobody's`() throws {
        let module = try SignedModule()
        var variants: [SignedModule] = []
        for index in module.description.indices {
            var variant = module
            variant.description[index] ^= 1
            variants.append(variant)
        }
        for length in [0, 1, Int(UInt32.max), module.content.count + (try module.message().count)] {
            var variant = module
            variant.length = length
            variants.append(variant)
        }
        for variant in variants {
            guard case .unreadable = try ModuleSignature.verdict(on: variant.bytes(), signers: module.signers) else {
                Issue.record("\(variant.description), \(variant.length ?? -1)")
                continue
            }
        }
        // Signed attributes, and content of its own.
        for message in [
            try CMS.sign(
                module.content, certificate: module.certificate, privateKey: module.key, signingTime: .now),
            try CMS.sign(
                module.content, certificate: module.certificate, privateKey: module.key, detached: false),
        ] {
            let bytes = try module.bytes(message: message)
            guard case .unreadable = try ModuleSignature.verdict(on: bytes, signers: module.signers) else {
                Issue.record("the kernel refuses it")
                continue
            }
        }
    }

    @Test func `Certificates are read from PEM and DER, all that there are`() throws {
        let first = try SignedModule(name: "First")
        let second = try SignedModule(.rsa256, name: "Second")
        let pem = try [first, second].map { try $0.certificate.serializeAsPEM().pemString }.joined(separator: "\n")
        let signers = try ModuleSigner.all(in: Array(pem.utf8))
        #expect(signers.map(\.name) == ["First", "Second"])
        #expect(try ModuleSignature.verdict(on: second.bytes(), signers: signers) == .signed(by: 1))
        #expect(try first.signers.map(\.name) == ["First"])
        let key = SigningKey(.p256).pem
        for bad in [[], Array("nonsense".utf8), Array(key.utf8), [0x30, 0x82, 1, 1], Array(pem.utf8.dropLast(40))] {
            #expect(throws: VendorCertificateError.self) { try ModuleSigner.all(in: bad) }
        }
    }
}
