// SPDX-License-Identifier: Apache-2.0

/// What goes wrong in a replay. Everything is off to begin with.
public struct Faults: Hashable, Sendable {
    /// How often something befalls an element: of a thousand so many.
    public struct Share: Hashable, Sendable {
        /// At most 1000.
        public let perMille: UInt32

        public init?(perMille: UInt32) {
            guard perMille <= 1000 else { return nil }
            self.perMille = perMille
        }

        public static let never = Share(perMille: 0)!
    }

    /// The platform's service ends while an agent is connected, and another one begins.
    public struct Crash: Hashable, Sendable {
        /// After so many elements.
        public var after: Int
        /// For so long, nanoseconds. Events of this time come as a gap, questions not at all.
        public var lasting: UInt64

        public init(after: Int, lasting: UInt64) {
            self.after = after
            self.lasting = lasting
        }
    }

    /// The agent's queue is full.
    public struct Overflow: Hashable, Sendable {
        /// After so many elements.
        public var after: Int
        /// So many elements don't get into it.
        public var elements: Int

        public init(after: Int, elements: Int) {
            self.after = after
            self.elements = elements
        }
    }

    /// Elements that come late, and all behind them, as it is one stream: by up to ``lateBy`` nanoseconds.
    public var late = Share.never
    public var lateBy: UInt64 = 0
    /// Events and questions that don't come. A gap tells of events.
    public var lost = Share.never
    /// Elements that come twice.
    public var duplicated = Share.never
    /// Elements that come before up to ``reorderedWithin`` others which they followed.
    public var reordered = Share.never
    public var reorderedWithin = 0
    public var crash: Crash?
    /// What is left of the time that each question leaves.
    public var deadlineLeft: Share?
    public var overflow: Overflow?

    public init() {}
}
