// SPDX-License-Identifier: Apache-2.0

// The numbers that the kernel programs have for what belongs to some operations only; all are stable.

extension Access {
    /// `enum sp_access`.
    public var kernelNumber: UInt32 { UInt32(Self.allCases.firstIndex(of: self)!) + 1 }

    /// `SP_ACCESS_READ_WRITE`: a file opened for both.
    public static let readWriteNumber: UInt32 = 31

    /// What a number means: one access, both of a file, or none.
    public static func set(kernelNumber: UInt32) -> Set<Access> {
        if kernelNumber == readWriteNumber { return [.read, .write] }
        let index = Int(kernelNumber) - 1
        return allCases.indices.contains(index) ? [allCases[index]] : []
    }
}

extension KernelArea {
    /// `enum sp_area`.
    public var kernelNumber: UInt32 { UInt32(Self.allCases.firstIndex(of: self)!) + 1 }

    /// The area of that number; `nil` for none.
    public init?(kernelNumber: UInt32) {
        let index = Int(kernelNumber) - 1
        guard Self.allCases.indices.contains(index) else { return nil }
        self = Self.allCases[index]
    }
}

extension MappingKind {
    /// `enum sp_mapping`.
    public var bit: UInt32 { 1 << UInt32(Self.allCases.firstIndex(of: self)!) }
}
