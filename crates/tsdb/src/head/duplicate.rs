//! The words for a sample whose time has another value already: the replaced system's, since senders log them.

use contract::{Outcome, RefusalReason};
use model::Labels;

/// Refuses a sample; `there` is the float that is stored, `None` for a histogram; `new` the float that was sent.
pub(crate) fn refuse(
    outcome: &mut Outcome,
    at: i64,
    there: Option<u64>,
    new: Option<u64>,
    labels: impl Fn() -> Labels,
) {
    outcome.refuse(RefusalReason::Duplicate, 1, || {
        let float = |bits: u64| general(f64::from_bits(bits));
        let why = match (there, new) {
            (Some(there), Some(new)) => {
                let (there, new) = (float(there), float(new));
                format!(" {at}; overrides not allowed: existing {there}, new value {new}")
            }
            (None, Some(new)) => {
                format!(" {at}; overrides not allowed: existing is a histogram, new value {}", float(new))
            }
            (_, None) => String::new(),
        };
        format!("duplicate sample for timestamp{why} for series {}", labels())
    });
}

/// The shortest digits that read back as `value`; an exponent below 1e-4 and from 1e6 on, of two digits at least.
fn general(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = format!("{value:e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..EXPONENT_FROM).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Numbers from a million on are shown with an exponent.
const EXPONENT_FROM: i32 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_senders_know_them() {
        for (value, text) in [
            (2.0, "2"),
            (0.1 + 0.2, "0.30000000000000004"),
            (-0.0, "-0"),
            (1e-7, "1e-07"),
            (2.5e300, "2.5e+300"),
            (123456789.0, "1.23456789e+08"),
            (99_999.5, "99999.5"),
        ] {
            assert_eq!(general(value), text);
        }
        assert_eq!(general(f64::NAN), "NaN");
    }
}
