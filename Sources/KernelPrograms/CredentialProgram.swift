// SPDX-License-Identifier: Apache-2.0

/// The programs of `Kernel/integrity/credentials.bpf.c`: in the object of integrity, loaded apart from its others.
public enum CredentialProgram: String, CaseIterable, Sendable {
    case exec = "credentials_exec_commits"
    case setUser = "credentials_setuid"
    case setGroup = "credentials_setgid"
    case setGroups = "credentials_setgroups"
    case setCapabilities = "credentials_capset"
    case commit = "credentials_commit"
    case fork = "credentials_fork"
    case end = "credentials_end"
    case adopt = "credentials_adopt"
    case compare = "integrity_credentials"

    /// Attached, in this order: what is known of a task goes when the task does, before anything is known.
    public static let attached: [CredentialProgram] = [
        .end, .exec, .setUser, .setGroup, .setGroups, .setCapabilities, .commit, .fork,
    ]
}

/// The maps of those programs.
public enum CredentialMap: String, CaseIterable, Sendable {
    /// What each task should have, by its address.
    case states = "credentials"
    /// `struct sp_credential_words`.
    case words = "credential_words"
}
