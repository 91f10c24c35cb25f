// SPDX-License-Identifier: Apache-2.0

extension KernelFacts {
    /// The modules in the tree by which an address is found to be a module's (`mod_tree`, a latched red-black tree), by the
    /// addresses of their structures. `nil` where there is none that is known.
    func modulesInTree() throws(KernelMemoryError) -> Set<UInt64>? {
        guard let root = address(of: "mod_tree"), let sequence = offset(of: "mod_tree_root.root.seq"),
            let trees = offset(of: "mod_tree_root.root.tree"), let node = offset(of: "mod_tree_node.node"),
            let module = offset(of: "mod_tree_node.mod"), let size = size(of: "rb_node"),
            let left = offset(of: "rb_node.rb_left"), let right = offset(of: "rb_node.rb_right"),
            let turn = try memory.bytes(root &+ UInt64(sequence), 4)?.littleEndianNumber
        else { return nil }
        // Two trees of the same: the one that isn't being written.
        let index = turn & 1
        guard let first = try memory.word(root &+ UInt64(trees) &+ index * 8) else { return nil }
        // A node of the tree lies in the module's own: what is read begins there.
        let before = UInt64(node) &+ index * UInt64(size)
        let count = Int(before) + size
        guard count <= 64 else { return nil }
        var modules: Set<UInt64> = []
        var seen: Set<UInt64> = []
        var level = first == 0 ? [] : [first]
        while !level.isEmpty, seen.count < 100_000 {
            var below: [UInt64] = []
            for case let bytes? in try memory.gather(level.map { $0 &- before }, count) {
                modules.insert(bytes[module...].littleEndianNumber)
                for side in [left, right] {
                    let child = bytes[(Int(before) + side)...].littleEndianNumber
                    if child != 0, seen.insert(child).inserted { below.append(child) }
                }
            }
            level = below
        }
        return modules
    }

    /// A module by its structure alone, off all lists; `nil` where there is none. It refers to itself, and has a name.
    func module(at address: UInt64) throws(KernelMemoryError) -> (name: String, isLive: Bool)? {
        guard let nameField = offset(of: "module.name"), let own = offset(of: "module.mkobj.mod"),
            let state = offset(of: "module.state"),
            try memory.word(address &+ UInt64(own)) == address,
            let name = try memory.bytes(address &+ UInt64(nameField), 56)?.textBeforeZero,
            let state = try memory.bytes(address &+ UInt64(state), 4)?.littleEndianNumber
        else { return nil }
        return (name, state == 0)
    }
}
