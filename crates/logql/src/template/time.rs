//! Times of templates: Go's layouts, written and read.
//!
//! A layout is the reference time `Mon Jan 2 15:04:05 MST 2006` as it should look.
//! Source: <https://pkg.go.dev/time#pkg-constants>

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::fmt;

/// Seconds from year 1 to 1970: Go's zero time.
const ZERO_SECONDS: i64 = -62_135_596_800;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Time {
    pub(super) seconds: i64,
    pub(super) nanos: u32,
    zone: TimeZone,
}

impl Time {
    pub(super) fn utc(seconds: i64, nanos: u32) -> Self {
        Time { seconds, nanos, zone: TimeZone::UTC }
    }

    pub(super) fn from_nanos(at: i64) -> Self {
        Self::utc(at.div_euclid(1_000_000_000), at.rem_euclid(1_000_000_000) as u32)
    }

    fn zero() -> Self {
        Self::utc(ZERO_SECONDS, 0)
    }

    /// Civil time, offset in seconds, name of the zone.
    fn civil(&self) -> (DateTime, i32, String) {
        let nanos = i32::try_from(self.nanos).unwrap_or(0);
        let timestamp = jiff::Timestamp::new(self.seconds, nanos).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let info = self.zone.to_offset_info(timestamp);
        (info.offset().to_datetime(timestamp), info.offset().seconds(), info.abbreviation().to_owned())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format("2006-01-02 15:04:05.999999999 -0700 MST", self))
    }
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, told by the number of digits.
pub(super) fn from_digits(text: &str) -> Result<Time, String> {
    let fail = |why: &str| format!("unable to parse time '{text}': {why}");
    let value: i64 = text.parse().map_err(|_| {
        fail(&format!("strconv.ParseInt: parsing {}: invalid syntax", crate::units::quote(text)))
    })?;
    let scale = match text.len() {
        5 => return Ok(Time::utc(value.saturating_mul(86_400), 0)),
        10 => 1_000_000_000,
        13 => 1_000_000,
        16 => 1_000,
        19 => 1,
        _ => return Err(fail("unable to parse time")),
    };
    Ok(Time::from_nanos(value.saturating_mul(scale)))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Pieces of a layout, longer ones before those they begin with.
const PIECES: &[&str] = &[
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "2006",
    "-07:00:00",
    "-07:00",
    "-070000",
    "-0700",
    "-07",
    "Z07:00:00",
    "Z07:00",
    "Z070000",
    "Z0700",
    "Z07",
    "002",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "__2",
    "_2",
    "15",
    "PM",
    "pm",
    "1",
    "2",
    "3",
    "4",
    "5",
];

/// The next piece of a layout and its length: a fraction is `.000` or `.999` after the seconds.
fn piece(layout: &str) -> Option<(&str, usize)> {
    if layout.starts_with(['.', ',']) {
        let digits = layout[1..].bytes().take_while(|b| *b == b'0').count();
        let nines = layout[1..].bytes().take_while(|b| *b == b'9').count();
        let length = digits.max(nines);
        let ended = !layout[1 + length..].starts_with(|c: char| c.is_ascii_digit());
        return (length > 0 && ended).then(|| (&layout[..=length], length + 1));
    }
    let found = PIECES.iter().find(|piece| layout.starts_with(**piece))?;
    // `Jan` in `January` is taken by the longer one; `Month` is no `Mon`.
    let word = matches!(*found, "Jan" | "Mon") && layout[3..].starts_with(|c: char| c.is_ascii_lowercase());
    // `_2006` is a literal underscore and the year.
    let year = *found == "_2" && layout.starts_with("_2006");
    if word || year { None } else { Some((found, found.len())) }
}

pub(super) fn format(layout: &str, time: &Time) -> String {
    let (civil, offset, zone) = time.civil();
    let mut out = String::new();
    let mut rest = layout;
    while let Some(c) = rest.chars().next() {
        match piece(rest) {
            Some((found, length)) => {
                write_piece(&mut out, found, civil, time.nanos, offset, &zone);
                rest = &rest[length..];
            }
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

fn write_piece(out: &mut String, piece: &str, at: DateTime, nanos: u32, offset: i32, zone: &str) {
    let month = MONTHS[(at.month() - 1) as usize];
    let day = DAYS[at.weekday().to_sunday_zero_offset() as usize];
    let hour12 = match at.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let text = match piece {
        "January" => month.to_owned(),
        "Jan" => month[..3].to_owned(),
        "Monday" => day.to_owned(),
        "Mon" => day[..3].to_owned(),
        "MST" => zone.to_owned(),
        "2006" => format!("{:04}", at.year()),
        "06" => format!("{:02}", at.year().rem_euclid(100)),
        "01" => format!("{:02}", at.month()),
        "1" => at.month().to_string(),
        "02" => format!("{:02}", at.day()),
        "_2" => format!("{:2}", at.day()),
        "2" => at.day().to_string(),
        "002" => format!("{:03}", at.day_of_year()),
        "__2" => format!("{:3}", at.day_of_year()),
        "15" => format!("{:02}", at.hour()),
        "03" => format!("{hour12:02}"),
        "3" => hour12.to_string(),
        "04" => format!("{:02}", at.minute()),
        "4" => at.minute().to_string(),
        "05" => format!("{:02}", at.second()),
        "5" => at.second().to_string(),
        "PM" => if at.hour() >= 12 { "PM" } else { "AM" }.to_owned(),
        "pm" => if at.hour() >= 12 { "pm" } else { "am" }.to_owned(),
        _ if piece.starts_with(['-', 'Z']) => zone_offset(piece, offset),
        _ => fraction(piece, nanos),
    };
    out.push_str(&text);
}

fn zone_offset(piece: &str, offset: i32) -> String {
    if piece.starts_with('Z') && offset == 0 {
        return "Z".to_owned();
    }
    let (sign, size) = (if offset < 0 { '-' } else { '+' }, offset.abs());
    let (hours, minutes, seconds) = (size / 3600, size / 60 % 60, size % 60);
    match &piece[1..] {
        "07" => format!("{sign}{hours:02}"),
        "0700" => format!("{sign}{hours:02}{minutes:02}"),
        "07:00" => format!("{sign}{hours:02}:{minutes:02}"),
        "070000" => format!("{sign}{hours:02}{minutes:02}{seconds:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

fn fraction(piece: &str, nanos: u32) -> String {
    let digits = (piece.len() - 1).min(9);
    let text = format!("{nanos:09}");
    let text = &text[..digits];
    if piece.ends_with('0') {
        return format!("{}{text}", &piece[..1]);
    }
    let text = text.trim_end_matches('0');
    if text.is_empty() { String::new() } else { format!("{}{text}", &piece[..1]) }
}

/// What was read so far.
struct Fields {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    nanos: i32,
    afternoon: Option<bool>,
    offset: Option<i32>,
}

/// Reads a time; Go's zero time when the text does not fit the layout, as the replaced function does.
pub(super) fn parse(layout: &str, text: &str, zone: Option<&str>) -> Time {
    let zone = match zone {
        Some(name) => TimeZone::get(name).unwrap_or(TimeZone::UTC),
        None => TimeZone::UTC,
    };
    read(layout, text, &zone).unwrap_or_else(Time::zero)
}

fn read(layout: &str, text: &str, zone: &TimeZone) -> Option<Time> {
    let mut fields = Fields {
        year: 0,
        month: 1,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
        nanos: 0,
        afternoon: None,
        offset: None,
    };
    let (mut layout, mut text) = (layout, text);
    while let Some(c) = layout.chars().next() {
        match piece(layout) {
            Some((found, length)) => {
                text = read_piece(&mut fields, found, text)?;
                layout = &layout[length..];
                // A fraction may follow the seconds though the layout has none.
                if matches!(found, "05" | "5") && !layout.starts_with(['.', ',']) && text.starts_with('.') {
                    text = read_piece(&mut fields, ".9", text)?;
                }
            }
            None => {
                text = text.strip_prefix(c)?;
                layout = &layout[c.len_utf8()..];
            }
        }
    }
    if !text.is_empty() {
        return None;
    }
    let hour = match fields.afternoon {
        Some(true) if fields.hour < 12 => fields.hour + 12,
        Some(false) if fields.hour == 12 => 0,
        _ => fields.hour,
    };
    let date = Date::new(fields.year, fields.month, fields.day).ok()?;
    let civil = DateTime::from_parts(
        date,
        jiff::civil::Time::new(hour, fields.minute, fields.second, fields.nanos).ok()?,
    );
    let zone = match fields.offset {
        Some(0) => TimeZone::UTC,
        Some(offset) => jiff::tz::Offset::from_seconds(offset).ok()?.to_time_zone(),
        None => zone.clone(),
    };
    let timestamp = zone.to_timestamp(civil).ok()?;
    let nanos = u32::try_from(timestamp.subsec_nanosecond().rem_euclid(1_000_000_000)).ok()?;
    let seconds = timestamp.as_second() - i64::from(timestamp.subsec_nanosecond() < 0);
    Some(Time { seconds, nanos, zone })
}

fn read_piece<'t>(fields: &mut Fields, piece: &str, text: &'t str) -> Option<&'t str> {
    let number = |least: usize, most: usize| -> Option<(i64, &'t str)> {
        let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if digits < least {
            return None;
        }
        Some((text[..digits].parse().ok()?, &text[digits..]))
    };
    let named = |names: &[&str], length: Option<usize>| -> Option<(usize, &'t str)> {
        names.iter().enumerate().find_map(|(i, name)| {
            let name = length.map_or(*name, |n| &name[..n]);
            let head = text.get(..name.len())?;
            head.eq_ignore_ascii_case(name).then(|| (i, &text[name.len()..]))
        })
    };
    macro_rules! field {
        ($target:ident, $parsed:expr) => {{
            let (value, rest) = $parsed?;
            fields.$target = value.try_into().ok()?;
            Some(rest)
        }};
    }
    match piece {
        "2006" => field!(year, number(4, 4)),
        "06" => {
            let (value, rest) = number(2, 2)?;
            fields.year = i16::try_from(if value >= 69 { 1900 + value } else { 2000 + value }).ok()?;
            Some(rest)
        }
        "01" => field!(month, number(2, 2)),
        "1" => field!(month, number(1, 2)),
        "02" => field!(day, number(2, 2)),
        "2" => field!(day, number(1, 2)),
        "_2" => read_piece(fields, "2", text.trim_start_matches(' ')),
        "15" => field!(hour, number(2, 2)),
        "03" => field!(hour, number(2, 2)),
        "3" => field!(hour, number(1, 2)),
        "04" => field!(minute, number(2, 2)),
        "4" => field!(minute, number(1, 2)),
        "05" => field!(second, number(2, 2)),
        "5" => field!(second, number(1, 2)),
        "January" => named(&MONTHS, None).map(|(i, rest)| {
            fields.month = i as i8 + 1;
            rest
        }),
        "Jan" => named(&MONTHS, Some(3)).map(|(i, rest)| {
            fields.month = i as i8 + 1;
            rest
        }),
        "Monday" => named(&DAYS, None).map(|(_, rest)| rest),
        "Mon" => named(&DAYS, Some(3)).map(|(_, rest)| rest),
        "PM" | "pm" => named(&["AM", "PM"], None).map(|(i, rest)| {
            fields.afternoon = Some(i == 1);
            rest
        }),
        "MST" => {
            let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
            if matches!(&text[..letters], "UTC" | "GMT") {
                fields.offset = Some(0);
            }
            (3..=5).contains(&letters).then(|| &text[letters..])
        }
        _ if piece.starts_with(['-', 'Z']) => read_offset(fields, piece, text),
        _ if piece.starts_with(['.', ',']) => read_fraction(fields, piece, text),
        _ => None,
    }
}

fn read_offset<'t>(fields: &mut Fields, piece: &str, text: &'t str) -> Option<&'t str> {
    if piece.starts_with('Z')
        && let Some(rest) = text.strip_prefix('Z')
    {
        fields.offset = Some(0);
        return Some(rest);
    }
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let body = text.get(1..piece.len())?;
    let digits: String = body.chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) || digits.len() < 2 {
        return None;
    }
    let part = |range: std::ops::Range<usize>| digits.get(range).map_or(Some(0), |d| d.parse::<i32>().ok());
    fields.offset = Some(sign * (part(0..2)? * 3600 + part(2..4)? * 60 + part(4..6)?));
    text.get(piece.len()..)
}

fn read_fraction<'t>(fields: &mut Fields, piece: &str, text: &'t str) -> Option<&'t str> {
    let Some(rest) = text.strip_prefix(['.', ',']) else {
        return piece.ends_with('9').then_some(text);
    };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 || piece.ends_with('0') && length != piece.len() - 1 {
        return None;
    }
    let digits = &rest[..length.min(9)];
    fields.nanos = format!("{digits:0<9}").parse().ok()?;
    Some(&rest[length..])
}
