// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc

/// What is done to files and names, by every system call and by io_uring.
enum FileScenarios {
    static let all = contents + names + mounts

    // MARK: Contents and attributes

    private static let contents: [Scenario] = [
        Scenario("opening a file is decided, by whatever call, for reading and for writing") { lab in
            try Lab.allowUring()
            let file = try Lab.file(try Lab.folder("opens") + "/file")
            func act(_ name: String, _ way: acts_file_opening, _ flags: Int32, _ access: Set<Access>) -> Act {
                Act(name) { acts_open_file(way, file, flags) }.seen(path: file, access: access)
            }
            try await lab.attempt(
                [
                    act("open, read", ACTS_OPEN, O_RDONLY, [.read]),
                    act("openat, write", ACTS_OPENAT, O_WRONLY, [.write]),
                    act("openat2, both", ACTS_OPENAT2, O_RDWR, [.read, .write]),
                    act("open_by_handle_at", ACTS_OPEN_BY_HANDLE, O_RDONLY, [.read]),
                    act("/proc/self/fd of O_PATH", ACTS_OPEN_AGAIN, O_RDWR, [.read, .write]),
                    act("open of 32-bit programs", ACTS_OPEN_32_BIT, O_RDONLY, [.read]),
                    act("io_uring openat", ACTS_OPEN_URING, O_RDONLY, [.read]),
                    act("io_uring openat, by a worker", ACTS_OPEN_URING_WORKER, O_WRONLY, [.write]),
                    act("io_uring openat2", ACTS_OPEN_URING2, O_RDONLY, [.read]),
                    act("O_TRUNC", ACTS_OPEN, O_WRONLY | O_TRUNC, [.write]),
                    act("creat", ACTS_CREAT, 0, [.write]),
                    act("acct", ACTS_ACCOUNT, 0, [.write]),
                ], of: .fileOpen, under: Make.deny(.fileOpen, object: Make.path(file)))
        },
        Scenario("a rule on writing lets read, one on reading lets write, O_PATH is neither") { lab in
            let folder = try Lab.folder("access")
            let (kept, hidden) = (try Lab.file(folder + "/kept"), try Lab.file(folder + "/hidden"))
            try await lab.setPolicies([
                Make.policy(
                    Make.deny(.fileOpen, name: "kept", object: Make.path(kept), access: [.write]),
                    Make.deny(.fileOpen, name: "hidden", object: Make.path(hidden), access: [.read]))
            ])
            for (flags, keptResult, hiddenResult) in [
                (O_RDONLY, 0, -EPERM), (O_WRONLY, -EPERM, 0), (O_RDWR, -EPERM, -EPERM), (acts_path_only, 0, 0),
            ] as [(Int32, Int32, Int32)] {
                try expect(acts_open_file(ACTS_OPENAT, kept, flags), keptResult, "open \(kept) with \(flags)")
                try expect(acts_open_file(ACTS_OPENAT, hidden, flags), hiddenResult, "open \(hidden) with \(flags)")
            }
        },
        Scenario("setting attributes is decided, by whatever call") { lab in
            try Lab.allowUring()
            let file = try Lab.file(try Lab.folder("attributes") + "/file")
            func act(_ name: String, _ way: acts_file_setting, _ access: Access) -> Act {
                Act(name) {
                    // Between the modes nothing may be missing that is to be removed; under a rule it can't be set.
                    acts_prepare_attributes(file)
                    return acts_set_attribute(way, file)
                }.seen(path: file, access: [access])
            }
            try await lab.attempt(
                [
                    act("chmod", ACTS_CHMOD, .mode), act("fchmod", ACTS_FCHMOD, .mode),
                    act("fchmodat", ACTS_FCHMODAT, .mode), act("fchmodat2", ACTS_FCHMODAT2, .mode).absent(),
                    act("chown", ACTS_CHOWN, .owner), act("fchown", ACTS_FCHOWN, .owner),
                    act("lchown", ACTS_LCHOWN, .owner), act("fchownat", ACTS_FCHOWNAT, .owner),
                    act("utimensat", ACTS_UTIMENSAT, .times), act("futimens", ACTS_FUTIMENS, .times),
                    act("utime", ACTS_UTIME, .times),
                    act("setxattr", ACTS_SETXATTR, .extendedAttribute),
                    act("lsetxattr", ACTS_LSETXATTR, .extendedAttribute),
                    act("fsetxattr", ACTS_FSETXATTR, .extendedAttribute),
                    act("io_uring setxattr", ACTS_SETXATTR_URING, .extendedAttribute).absent(),
                    act("io_uring fsetxattr", ACTS_FSETXATTR_URING, .extendedAttribute).absent(),
                    act("removexattr", ACTS_REMOVEXATTR, .extendedAttribute),
                    act("fremovexattr", ACTS_FREMOVEXATTR, .extendedAttribute),
                    act("an access control list", ACTS_SET_ACL, .extendedAttribute),
                ], of: .fileSetAttributes, under: Make.deny(.fileSetAttributes, object: Make.path(file)))
        },
        Scenario("removing an access control list is decided") { lab in
            let file = try Lab.file(try Lab.folder("lists") + "/file")
            try await lab.attempt(
                [
                    Act("removexattr") {
                        acts_prepare_attributes(file)
                        return acts_set_attribute(ACTS_REMOVE_ACL, file)
                    }.seen(path: file, access: [.extendedAttribute])
                ], of: .fileSetAttributes, under: Make.deny(.fileSetAttributes, object: Make.path(file)))
        },
        Scenario("cutting a file is decided, by whatever call") { lab in
            try Lab.allowUring()
            let file = try Lab.file(try Lab.folder("cut") + "/file")
            func act(_ name: String, _ way: acts_file_truncating) -> Act {
                Act(name) { acts_truncate(way, file) }.seen(path: file)
            }
            try await lab.attempt(
                [
                    act("truncate", ACTS_TRUNCATE), act("ftruncate", ACTS_FTRUNCATE),
                    act("O_TRUNC", ACTS_OPEN_TRUNCATING), act("creat", ACTS_CREAT_TRUNCATING),
                    act("io_uring ftruncate", ACTS_FTRUNCATE_URING).absent(),
                ], of: .fileTruncate, under: Make.deny(.fileTruncate, object: Make.path(file)))
        },
    ]

    // MARK: Names

    private static let names: [Scenario] = [
        Scenario("creating is decided, whatever is created and by whatever call") { lab in
            try Lab.allowUring()
            let path = try Lab.folder("creations") + "/new"
            let group = "/sys/fs/cgroup/lab-created"
            func act(_ name: String, _ way: acts_file_creating, _ path: String) -> Act {
                Act(name) { acts_create(way, path) }.seen(path: path)
            }
            try await lab.attempt(
                [
                    act("open", ACTS_CREATE_OPEN, path), act("openat2", ACTS_CREATE_OPENAT2, path),
                    act("open of 32-bit programs", ACTS_CREATE_32_BIT, path),
                    act("io_uring openat", ACTS_CREATE_URING, path),
                    act("mknod of a file", ACTS_MKNOD_FILE, path), act("mknod of a fifo", ACTS_MKNOD_FIFO, path),
                    act("mknod of a device", ACTS_MKNOD_DEVICE, path),
                    act("mkdir", ACTS_MKDIR, path), act("io_uring mkdirat", ACTS_MKDIR_URING, path),
                    act("symlink", ACTS_SYMLINK, path), act("io_uring symlinkat", ACTS_SYMLINK_URING, path),
                    act("bind of a socket", ACTS_BIND, path),
                    act("mkdir of a cgroup", ACTS_MKDIR, group),
                ], of: .fileCreate, under: Make.deny(.fileCreate, object: Make.path(path, group)))
        },
        Scenario("removing is decided, by whatever call") { lab in
            try Lab.allowUring()
            let path = try Lab.folder("removals") + "/old"
            func act(_ name: String, _ way: acts_file_removing, directory: Bool = false) -> Act {
                Act(name) {
                    // What a refused act left behind may be of the other kind.
                    let folder = path + (directory ? "-directory" : "-file")
                    return acts_remove(way, folder)
                }.seen(path: path + (directory ? "-directory" : "-file"))
            }
            try await lab.attempt(
                [
                    act("unlink", ACTS_UNLINK), act("unlinkat", ACTS_UNLINKAT),
                    act("unlink of 32-bit programs", ACTS_UNLINK_32_BIT), act("io_uring unlinkat", ACTS_UNLINK_URING),
                    act("rmdir", ACTS_RMDIR, directory: true),
                    act("unlinkat of a directory", ACTS_UNLINKAT_DIRECTORY, directory: true),
                    act("io_uring unlinkat of a directory", ACTS_RMDIR_URING, directory: true),
                ], of: .fileUnlink, under: Make.deny(.fileUnlink, object: Make.path(path + "-*")))
        },
        Scenario("renaming is decided by the old name and by the new one, by whatever call") { lab in
            try Lab.allowUring()
            let folder = try Lab.folder("renames")
            let (denied, free) = (folder + "/denied", folder + "/free")
            let ways: [(String, acts_file_renaming)] = [
                ("rename", ACTS_RENAME), ("renameat", ACTS_RENAMEAT), ("RENAME_NOREPLACE", ACTS_RENAME_NOREPLACE),
                ("RENAME_EXCHANGE", ACTS_RENAME_EXCHANGE), ("rename over", ACTS_RENAME_OVER),
                ("rename of a directory", ACTS_RENAME_DIRECTORY), ("io_uring renameat", ACTS_RENAME_URING),
            ]
            let acts = ways.flatMap { name, way in
                [
                    Act(name + " away") { acts_rename(way, denied, free) }.seen(path: denied),
                    Act(name + " here") { acts_rename(way, free, denied) }.seen(path: denied),
                ]
            }
            try await lab.attempt(acts, of: .fileRename, under: Make.deny(.fileRename, object: Make.path(denied)))
        },
        Scenario("linking is decided by the old name and by the new one, by whatever call") { lab in
            try Lab.allowUring()
            let folder = try Lab.folder("links")
            let (denied, free) = (folder + "/denied", folder + "/free")
            let ways: [(String, acts_file_linking)] = [
                ("link", ACTS_LINK), ("linkat", ACTS_LINKAT), ("AT_EMPTY_PATH", ACTS_LINK_DESCRIPTOR),
                ("/proc/self/fd", ACTS_LINK_PROC), ("io_uring linkat", ACTS_LINK_URING),
            ]
            let acts = ways.flatMap { name, way in
                [
                    Act(name + " of it") { acts_link(way, denied, free) }.seen(path: denied),
                    Act(name + " to it") { acts_link(way, free, denied) }.seen(path: denied),
                ]
            }
            try await lab.attempt(acts, of: .fileLink, under: Make.deny(.fileLink, object: Make.path(denied)))
        },
        Scenario("a file without a name, given one later, is no way to create a file") { lab in
            let folder = try Lab.folder("unnamed")
            let path = folder + "/new"
            try expect(acts_create_by_tmpfile(folder, path), 0, "without a rule")
            try await lab.setPolicies([
                Make.policy(
                    Make.rule(
                        "new", .deny, on: [.fileCreate, .fileLink, .fileRename], object: Make.path(folder + "/**")))
            ])
            try expect(acts_create_by_tmpfile(folder, path), -EPERM, "under the rule")
            try require(access(path, F_OK) != 0, "\(path) exists")
        },
    ]

    // MARK: Mounts

    private static let mounts: [Scenario] = [
        Scenario("mounting, moving, remounting and unmounting are decided by the place, by whatever call") { lab in
            let (folder, source) = (try Lab.folder("places"), try Lab.folder("mount-source"))
            let kinds: [Access] = [.mount, .moveMount, .remount, .unmount, .pivotRoot]
            var places: [Access: String] = [:]
            for kind in kinds { places[kind] = try Lab.folder("places/" + name(of: kind)) }
            func act(_ name: String, _ way: acts_mounting, _ access: Access) -> Act {
                let place = places[access] ?? folder
                return Act(name) { acts_mount_by(way, source, place) }.seen(path: place, access: [access])
            }
            let acts = [
                act("mount", ACTS_MOUNT_NEW, .mount), act("MS_BIND", ACTS_MOUNT_BIND, .mount),
                act("MS_SHARED", ACTS_MOUNT_PROPAGATION, .mount),
                act("fsmount, move_mount", ACTS_MOUNT_FSMOUNT, .moveMount),
                act("open_tree, move_mount", ACTS_MOUNT_OPEN_TREE, .moveMount),
                act("MS_MOVE", ACTS_MOVE, .moveMount), act("move_mount", ACTS_MOVE_MOUNT, .moveMount),
                act("MS_REMOUNT", ACTS_REMOUNT, .remount),
                act("MS_REMOUNT of a bind mount", ACTS_REMOUNT_BIND, .remount),
                act("umount2", ACTS_UMOUNT, .unmount), act("MNT_DETACH", ACTS_UMOUNT_LAZY, .unmount),
                act("pivot_root", ACTS_PIVOT_ROOT, .pivotRoot),
            ]
            // By access as well: what is to be remounted or unmounted has to be mounted first.
            let rules = kinds.map { kind in
                Make.deny(
                    .fileMount, name: name(of: kind), object: Make.path(places[kind] ?? folder), access: [kind])
            }
            try await lab.attempt(
                acts, of: .fileMount, under: rules[0], rules[1], rules[2], rules[3], rules[4])
        },
        Scenario("a remount through fspick is decided") { lab in
            let (source, place) = (try Lab.folder("mount-source"), try Lab.folder("reconfigured"))
            try await lab.attempt(
                [
                    Act("fspick, FSCONFIG_CMD_RECONFIGURE") { acts_mount_by(ACTS_REMOUNT_FSPICK, source, place) }
                        .seen(access: [.remount])
                ], of: .fileMount, under: Make.deny(.fileMount, object: Make.path(place), access: [.remount]))
        },
    ]

    private static func name(of kind: Access) -> String { kind.rawValue.replacing("_", with: "-") }
}
