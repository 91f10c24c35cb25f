// SPDX-License-Identifier: Apache-2.0

internal import SwiftASN1

/// Seconds since 1970 in the two forms that X.509 has for times (RFC 5280, 4.1.2.5): UTCTime through 2049, else
/// GeneralizedTime.
struct CalendarTime: Hashable {
    /// What can be written: years 1970 to 9999.
    static let range: ClosedRange<Int64> = 0...253_402_300_799

    var seconds: Int64

    init(seconds: Int64) { self.seconds = seconds }

    init(_ node: ASN1Node) throws {
        if node.identifier == .utcTime {
            let time = try UTCTime(derEncoded: node)
            self.init(time.year, time.month, time.day, time.hours, time.minutes, time.seconds)
        } else {
            let time = try GeneralizedTime(derEncoded: node)
            self.init(time.year, time.month, time.day, time.hours, time.minutes, time.seconds)
        }
    }

    private init(_ year: Int, _ month: Int, _ day: Int, _ hours: Int, _ minutes: Int, _ seconds: Int) {
        let clock = Int64(hours) * 3600 + Int64(minutes) * 60 + Int64(seconds)
        self.seconds = Self.days(year, month, day) * 86400 + clock
    }

    func serialize(into coder: inout DER.Serializer) throws {
        let (days, clock) = seconds.quotientAndRemainder(dividingBy: 86400)
        let (year, month, day) = Self.date(days)
        let (hours, minutes, seconds) = (Int(clock / 3600), Int(clock / 60 % 60), Int(clock % 60))
        if year < 2050 {
            try coder.serialize(
                UTCTime(year: year, month: month, day: day, hours: hours, minutes: minutes, seconds: seconds))
        } else {
            try coder.serialize(
                GeneralizedTime(
                    year: year, month: month, day: day, hours: hours, minutes: minutes, seconds: seconds,
                    fractionalSeconds: 0))
        }
    }

    /// Days since 1970-01-01 of a date of the Gregorian calendar. Years are counted from March, so that the leap day is
    /// the last, and in eras of 400 years, which all have 146,097 days.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    /// The reverse, for days that aren't negative.
    private static func date(_ days: Int64) -> (year: Int, month: Int, day: Int) {
        let days = Int(days) + 719_468
        let (era, dayOfEra) = days.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}
