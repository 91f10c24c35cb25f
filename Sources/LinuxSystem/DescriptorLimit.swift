// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How many descriptors this process may have.
public enum DescriptorLimit {
    /// Sets it, whether it was higher or lower; raising it beyond the hard limit takes CAP_SYS_RESOURCE.
    public static func set(_ limit: Int) throws(Errno) {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limits = rlimit()
        getrlimit(resource, &limits)
        limits.rlim_cur = rlim_t(limit)
        limits.rlim_max = max(limits.rlim_max, rlim_t(limit))
        guard setrlimit(resource, &limits) == 0 else { throw Errno("allow \(limit) descriptors") }
    }
}
