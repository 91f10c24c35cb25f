// SPDX-License-Identifier: Apache-2.0

/// All checks, in the order in which they are documented and run.
public enum CheckCatalogue {
    /// A set with baselines of its own.
    public static func make() -> [any IntegrityCheck] {
        [
            KernelTextCheck(),
            ReadOnlyDataCheck(),
            SystemCallCheck(),
            InterruptTableCheck(),
            EntryPointCheck(),
            SecurityHooksCheck(),
            FtraceOperationsCheck(),
            KprobesCheck(),
            LivePatchesCheck(),
            BPFProgramsCheck(),
            ModulesCheck(),
            ModuleTextCheck(),
            UsermodeHelpersCheck(),
            OperationTablesCheck(),
            NotifierChainsCheck(),
            SecurityStateCheck(),
            ProcessorProtectionCheck(),
            ProcessCheck(),
            CredentialCheck(),
        ]
    }
}
