// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
package import SallyportAPI

extension Sallyport_V1_FileObject {
    package init(_ file: FileObject, interpreter: ObservedPath?) {
        self.init()
        path = Sallyport_V1_ObservedPath(file.path)
        identity.device = file.identity.device
        identity.inode = file.identity.inode
        identity.generation = file.identity.generation
        mode = file.mode
        ownerUid = file.ownerUID
        ownerGid = file.ownerGID
        size = file.size
        flags = flagPairs.filter { file.flags.contains($0.0) }.map(\.1)
        if let interpreter { self.interpreter = Sallyport_V1_ObservedPath(interpreter) }
    }
}

extension FileObject {
    package init(_ message: Sallyport_V1_FileObject) throws(ValueError) {
        self.init(path: try ObservedPath(message.path))
        identity.device = message.identity.device
        identity.inode = message.identity.inode
        identity.generation = message.identity.generation
        mode = message.mode
        ownerUID = message.ownerUid
        ownerGID = message.ownerGid
        size = message.size
        for (flag, value) in flagPairs where message.flags.contains(value) { flags.insert(flag) }
    }
}

private let flagPairs: [(FileObject.Flags, Sallyport_V1_FileFlag)] = FileFlag.allCases.map { flag in
    let value: Sallyport_V1_FileFlag =
        switch flag {
        case .deleted: .deleted
        case .memfd: .memfd
        case .tmpfs: .tmpfs
        case .setuid: .setuid
        case .setgid: .setgid
        case .worldWritable: .worldWritable
        case .overlay: .overlay
        case .overlayUpper: .overlayUpper
        case .script: .script
        case .mprotect: .mprotect
        }
    return (FileObject.Flags(flag), value)
}
