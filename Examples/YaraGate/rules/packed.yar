// SPDX-License-Identifier: Apache-2.0

// Programs that unpack themselves in memory hide from scans what they will execute.
rule packed_by_upx
{
    strings:
        $information = "$Info: This file is packed with the UPX executable packer"
        $header = "UPX!"
    condition:
        uint32be(0) == 0x7F454C46 and $header in (0..1024) and $information
}
