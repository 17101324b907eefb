//! Calendar fields of a time in seconds, in UTC.

/// Days from 0000-03-01 to 1970-01-01 in the proleptic Gregorian calendar.
const DAYS_TO_EPOCH: i64 = 719_468;
/// Days in 400 years.
const DAYS_IN_ERA: i64 = 146_097;

struct Date {
    year: i64,
    month: i64,
    day: i64,
    days: i64,
    second: i64,
}

/// The civil date of a second (H. Hinnant, chrono-compatible low-level date algorithms).
fn date(seconds: i64) -> Date {
    if seconds == NO_TIME {
        return NO_DATE;
    }
    let days = seconds.div_euclid(86_400);
    let shifted = days + DAYS_TO_EPOCH;
    let (era, of_era) = (shifted.div_euclid(DAYS_IN_ERA), shifted.rem_euclid(DAYS_IN_ERA));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Date { year, month, day, days, second: seconds.rem_euclid(86_400) }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The function of that name, from whole seconds.
pub(crate) fn field(name: &str) -> Option<fn(i64) -> f64> {
    Some(match name {
        "day_of_month" => |s| date(s).day as f64,
        "day_of_week" => |s| (date(s).days + 4).rem_euclid(7) as f64,
        "day_of_year" => |s| {
            let d = date(s);
            ((1..d.month).map(|m| days_in_month(d.year, m)).sum::<i64>() + d.day) as f64
        },
        "days_in_month" => |s| {
            let d = date(s);
            days_in_month(d.year, d.month) as f64
        },
        "hour" => |s| (date(s).second / 3600) as f64,
        "minute" => |s| (date(s).second / 60 % 60) as f64,
        "month" => |s| date(s).month as f64,
        "year" => |s| date(s).year as f64,
        _ => return None,
    })
}

/// What is no number of seconds: NaN, infinite, or too large.
const NO_TIME: i64 = i64::MIN;

/// Its date: that of `2^63` seconds, as in Prometheus.
const NO_DATE: Date =
    Date { year: 292_277_026_596, month: 12, day: 4, days: 106_751_991_167_300, second: 55_808 };

/// Whole seconds of a sample.
pub(crate) fn seconds_of(value: f64) -> i64 {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if (-BOUND..BOUND).contains(&value) { value as i64 } else { NO_TIME }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_known_days() {
        let of = |name: &str, s: i64| field(name).unwrap()(s);
        for (name, value) in [
            ("year", 2006.0),
            ("month", 1.0),
            ("day_of_month", 2.0),
            ("hour", 22.0),
            ("minute", 4.0),
            ("day_of_week", 1.0),
        ] {
            assert_eq!(of(name, 1_136_239_445), value, "{name}");
        }
        assert_eq!((of("day_of_year", 1_483_191_420), of("days_in_month", 1_454_284_800)), (366.0, 29.0));
        assert_eq!((of("year", -1), of("day_of_year", 0)), (1969.0, 1.0));
        for none in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            assert_eq!(of("year", seconds_of(none)), 292_277_026_596.0, "{none}");
            assert_eq!((of("hour", seconds_of(none)), of("day_of_year", seconds_of(none))), (15.0, 339.0));
        }
    }
}
