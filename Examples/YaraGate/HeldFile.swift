// SPDX-License-Identifier: Apache-2.0

import Glibc
import Sallyport

/// The file that a question is about, opened by its path.
///
/// The path may lead somewhere else by now, or in the asker's mount namespace: what isn't the file of the question isn't
/// taken for it. The device isn't compared, as `stat` tells another one than the superblock's on overlays and Btrfs.
struct HeldFile: ~Copyable {
    enum Failure: Error {
        case unopenable(errno: Int32)
        case isAnotherFile
    }

    let descriptor: Int32
    private let opened: stat

    init(_ file: FileObject) throws(Failure) {
        // Without O_NONBLOCK a pipe that has the name by now would be waited for.
        let descriptor = open(file.path.text, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw .unopenable(errno: errno) }
        let opened = Self.status(descriptor)
        guard UInt64(opened.st_ino) == file.identity.inode, opened.st_mode == file.mode,
            opened.st_size == Int64(file.size)
        else {
            close(descriptor)
            throw .isAnotherFile
        }
        self.descriptor = descriptor
        self.opened = opened
    }

    deinit { close(descriptor) }

    /// Whether it was written since it was opened, as far as the file system tells.
    var hasChanged: Bool {
        let now = Self.status(descriptor)
        return now.st_size != opened.st_size || now.st_ctim.tv_sec != opened.st_ctim.tv_sec
            || now.st_ctim.tv_nsec != opened.st_ctim.tv_nsec
    }

    private static func status(_ descriptor: Int32) -> stat {
        var status = stat()
        fstat(descriptor, &status)
        return status
    }
}
