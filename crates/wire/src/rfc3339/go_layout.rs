//! Times in a layout of Go: the reference time `Mon Jan 2 15:04:05 MST 2006` as it should look.
//!
//! Read only, to nanoseconds since 1970. What is not in the layout is the start of 1970 in UTC; a fraction after the
//! seconds is read also when the layout shows none. Names of zones are taken for UTC unless an offset says otherwise.
//! Source: <https://pkg.go.dev/time#pkg-constants>

use crate::rfc3339::days_from_civil;
use model::Nanos;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const LONG_MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const LONG_DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// What a piece of a layout stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    ShortYear,
    LongMonth,
    MonthName,
    /// One or two digits; `true`: two.
    Month(bool),
    Day(bool),
    /// Padded with a space.
    PaddedDay,
    DayOfYear,
    LongDay,
    DayName,
    Hour,
    Hour12(bool),
    Minute(bool),
    Second(bool),
    HalfOfDay,
    Zone,
    /// `Z` is UTC; a colon stands between hours and minutes; minutes are said.
    Offset {
        z: bool,
        colon: bool,
        minutes: bool,
    },
}

/// Longer pieces before those that they begin with.
const PARTS: &[(&str, Part)] = &[
    ("January", Part::LongMonth),
    ("Jan", Part::MonthName),
    ("Monday", Part::LongDay),
    ("Mon", Part::DayName),
    ("MST", Part::Zone),
    ("2006", Part::Year),
    ("002", Part::DayOfYear),
    ("01", Part::Month(true)),
    ("02", Part::Day(true)),
    ("03", Part::Hour12(true)),
    ("04", Part::Minute(true)),
    ("05", Part::Second(true)),
    ("06", Part::ShortYear),
    ("15", Part::Hour),
    ("_2", Part::PaddedDay),
    ("1", Part::Month(false)),
    ("2", Part::Day(false)),
    ("3", Part::Hour12(false)),
    ("4", Part::Minute(false)),
    ("5", Part::Second(false)),
    ("PM", Part::HalfOfDay),
    ("pm", Part::HalfOfDay),
    ("Z07:00", Part::Offset { z: true, colon: true, minutes: true }),
    ("Z0700", Part::Offset { z: true, colon: false, minutes: true }),
    ("Z07", Part::Offset { z: true, colon: false, minutes: false }),
    ("-07:00", Part::Offset { z: false, colon: true, minutes: true }),
    ("-0700", Part::Offset { z: false, colon: false, minutes: true }),
    ("-07", Part::Offset { z: false, colon: false, minutes: false }),
];

/// What was read so far.
struct Read {
    year: i64,
    month: i64,
    day: i64,
    day_of_year: Option<i64>,
    hour: i64,
    afternoon: Option<bool>,
    minute: i64,
    second: i64,
    nanos: i64,
    offset_seconds: i64,
}

/// The instant that `text` names in `layout`; `None` when it does not fit, or lies outside of 64-bit nanoseconds.
pub fn parse(layout: &str, text: &str) -> Option<Nanos> {
    let mut read = Read {
        year: 1970,
        month: 1,
        day: 1,
        day_of_year: None,
        hour: 0,
        afternoon: None,
        minute: 0,
        second: 0,
        nanos: 0,
        offset_seconds: 0,
    };
    let (mut layout, mut text) = (layout, text);
    while !layout.is_empty() {
        if let Some((piece, part)) = PARTS.iter().find(|(piece, _)| layout.starts_with(piece)) {
            layout = &layout[piece.len()..];
            text = read.part(*part, text)?;
            if matches!(part, Part::Second(_)) {
                layout = after_fraction(layout).unwrap_or(layout);
                text = read.fraction(text)?;
            }
        } else {
            let c = layout.chars().next()?;
            text = text.strip_prefix(c)?;
            layout = &layout[c.len_utf8()..];
        }
    }
    if text.is_empty() { read.instant() } else { None }
}

/// What follows `.000`, `.999`, `,000` or `,999` at the start of a layout.
fn after_fraction(layout: &str) -> Option<&str> {
    let digits = layout.strip_prefix(['.', ','])?;
    let of = digits.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let rest = digits.trim_start_matches(of);
    (!rest.starts_with(|c: char| c.is_ascii_digit())).then_some(rest)
}

/// A number of `least` to `most` digits, and what follows.
fn number(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if digits < least {
        return None;
    }
    Some((text[..digits].parse().ok()?, &text[digits..]))
}

/// Which of `names` the text begins with, and what follows.
fn name<'a>(text: &'a str, names: &[&str]) -> Option<(i64, &'a str)> {
    let begins = |name: &str| text.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
    let at = names.iter().position(|name| begins(name))?;
    Some((at as i64, &text[names[at].len()..]))
}

impl Read {
    /// Reads one part, and gives back what follows.
    fn part<'a>(&mut self, part: Part, text: &'a str) -> Option<&'a str> {
        let two = |two: bool| if two { 2 } else { 1 };
        let (slot, (value, rest)) = match part {
            Part::Year => (&mut self.year, number(text, 4, 4)?),
            Part::ShortYear => {
                let (year, rest) = number(text, 2, 2)?;
                (&mut self.year, (if year >= 69 { 1900 + year } else { 2000 + year }, rest))
            }
            Part::LongMonth => (&mut self.month, name(text, &LONG_MONTHS).map(|(at, rest)| (at + 1, rest))?),
            Part::MonthName => (&mut self.month, name(text, &MONTHS).map(|(at, rest)| (at + 1, rest))?),
            Part::Month(both) => (&mut self.month, number(text, two(both), 2)?),
            Part::Day(both) => (&mut self.day, number(text, two(both), 2)?),
            Part::PaddedDay => (&mut self.day, number(text.strip_prefix(' ').unwrap_or(text), 1, 2)?),
            Part::DayOfYear => {
                let (day, rest) = number(text, 3, 3)?;
                self.day_of_year = Some(day);
                return Some(rest);
            }
            Part::LongDay => return Some(name(text, &LONG_DAYS)?.1),
            Part::DayName => return Some(name(text, &DAYS)?.1),
            Part::Hour => (&mut self.hour, number(text, 2, 2)?),
            Part::Hour12(both) => (&mut self.hour, number(text, two(both), 2)?),
            Part::Minute(both) => (&mut self.minute, number(text, two(both), 2)?),
            Part::Second(both) => (&mut self.second, number(text, two(both), 2)?),
            Part::HalfOfDay => {
                let (half, rest) = name(text, &["am", "pm"])?;
                self.afternoon = Some(half == 1);
                return Some(rest);
            }
            Part::Zone => {
                let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
                return (letters >= 3).then(|| &text[letters..]);
            }
            Part::Offset { z, colon, minutes } => return self.offset(text, z, colon, minutes),
        };
        *slot = value;
        Some(rest)
    }

    fn offset<'a>(&mut self, text: &'a str, z: bool, colon: bool, minutes: bool) -> Option<&'a str> {
        if let (true, Some(rest)) = (z, text.strip_prefix('Z')) {
            return Some(rest);
        }
        let sign = if text.starts_with('-') { -1 } else { 1 };
        let (hours, rest) = number(text.strip_prefix(['+', '-'])?, 2, 2)?;
        let rest = if colon { rest.strip_prefix(':')? } else { rest };
        let (minutes, rest) = if minutes { number(rest, 2, 2)? } else { (0, rest) };
        if hours > 24 || minutes > 59 {
            return None;
        }
        self.offset_seconds = sign * (hours * 3600 + minutes * 60);
        Some(rest)
    }

    /// Reads `.123` if it stands there.
    fn fraction<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let Some(digits) = text.strip_prefix(['.', ',']) else { return Some(text) };
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return Some(text);
        }
        let kept = count.min(9);
        let scale = 10i64.pow(u32::try_from(9 - kept).ok()?);
        self.nanos = digits[..kept].parse::<i64>().ok()? * scale;
        Some(&digits[count..])
    }

    fn instant(mut self) -> Option<Nanos> {
        match self.afternoon {
            Some(true) if self.hour < 12 => self.hour += 12,
            Some(false) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        let days = match self.day_of_year {
            Some(day) => days_from_civil(self.year, 1, 1) + day - 1,
            None => days_from_civil(self.year, self.month, self.day),
        };
        let is_date = (1..=12).contains(&self.month)
            && self.day >= 1
            && self.day <= crate::rfc3339::days_in(self.year, self.month)
            && self.day_of_year.is_none_or(|day| (1..=366).contains(&day));
        if !is_date || self.hour > 23 || self.minute > 59 || self.second > 59 {
            return None;
        }
        let seconds = days * 86_400 + self.hour * 3600 + self.minute * 60 + self.second - self.offset_seconds;
        seconds.checked_mul(1_000_000_000)?.checked_add(self.nanos).map(Nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rfc3339::Utc;
    use proptest::prelude::*;

    #[test]
    fn layouts_are_read() {
        for (layout, text, want) in [
            ("2006-01-02 15:04:05", "2026-11-26 13:59:01", "2026-11-26T13:59:01Z"),
            ("2006-01-02 15:04:05", "2026-11-26 13:59:01.25", "2026-11-26T13:59:01.25Z"),
            ("2006-01-02 15:04:05.999Z", "2026-11-26 13:59:01.123Z", "2026-11-26T13:59:01.123Z"),
            ("02/Jan/2006:15:04:05 -0700", "26/Nov/2026:13:59:01 +0200", "2026-11-26T11:59:01Z"),
            ("Mon Jan _2 15:04:05 2006", "Thu Nov  5 13:59:01 2026", "2026-11-05T13:59:01Z"),
            ("Mon, 02 Jan 2006 15:04:05 MST", "Thu, 26 Nov 2026 13:59:01 UTC", "2026-11-26T13:59:01Z"),
            ("2006-01-02T15:04:05Z07:00", "2026-11-26T13:59:01-01:30", "2026-11-26T15:29:01Z"),
            ("2006-01-02T15:04:05Z07:00", "2026-11-26T13:59:01Z", "2026-11-26T13:59:01Z"),
            ("January 2, 2006 3:04pm", "november 6, 2026 1:59PM", "2026-11-06T13:59:00Z"),
            ("1/2/06 3PM", "2/3/69 12AM", "1969-02-03T00:00:00Z"),
            ("2006 002", "2026 032", "2026-02-01T00:00:00Z"),
        ] {
            let shown = parse(layout, text).map(|at| Utc(at).to_string());
            assert_eq!(shown.as_deref(), Some(want), "{layout} {text}");
        }
        for (layout, text) in [
            ("2006-01-02", "2026-02-30"),
            ("2006-01-02", "2026-1-02"),
            ("15:04", "24:00"),
            ("15:04", "10:00 "),
            ("2006", "3000"),
            ("Jan", "Foo"),
        ] {
            assert_eq!(parse(layout, text), None, "{layout} {text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(layout in "(2006|01|02|15|04|05|06|[ -~]|\\.000|Z07:00|ü)*", text in "([0-9]{1,4}|[ -~]|ü)*") {
            parse(&layout, &text);
        }
    }
}
