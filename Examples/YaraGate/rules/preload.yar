// SPDX-License-Identifier: Apache-2.0

// Libraries that put themselves before all others, and hide files and processes: they name the list of preloaded
// libraries, and stand before the functions by which directories are read.
rule hides_by_preloading
{
    strings:
        $list = "/etc/ld.so.preload"
        $next = "dlsym" fullword
        $reads = /readdir(64)?\x00/
    condition:
        uint32be(0) == 0x7F454C46 and uint16(16) == 3 and all of them
}
