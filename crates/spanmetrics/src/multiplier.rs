//! How many spans a sampled one stands for.
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/>

use model::{Attributes, Value, attr};

/// Thresholds and randomness are 56 bits, written as up to 14 hexadecimal digits.
const DIGITS: usize = 14;
const WHOLE: f64 = (1u64 << 56) as f64;

/// Where a span says with which probability it was kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Multiplier {
    /// An attribute of span or resource that has the probability, above 0.
    pub key: Option<String>,
    /// Whether the trace state says it (`ot=th:...`), which goes before the attribute.
    pub trace_state: bool,
}

impl Multiplier {
    /// How many spans one stands for; 1 when it does not say.
    pub(crate) fn of(&self, trace_state: &str, of_span: &Attributes, of_resource: &Attributes) -> f64 {
        let told = if self.trace_state { of_trace_state(trace_state) } else { None };
        let by_key = || {
            let key = self.key.as_deref()?;
            [of_span, of_resource].into_iter().find_map(|attributes| match attr::find(attributes, key) {
                Some(Value::Double(kept)) if *kept > 0.0 => Some(1.0 / kept),
                Some(Value::Int(kept)) if *kept > 0 => Some(1.0 / *kept as f64),
                _ => None,
            })
        };
        told.or_else(by_key).unwrap_or(1.0)
    }
}

/// What OpenTelemetry's member of a trace state says: the inverse of the probability, rounded by the randomness that the
/// trace has, so that sums of many come out right and each is a whole number.
fn of_trace_state(text: &str) -> Option<f64> {
    let members = text.split(',').filter_map(|member| member.trim().strip_prefix("ot="));
    let fields = members.flat_map(|member| member.split(';')).filter_map(|field| field.split_once(':'));
    let (mut threshold, mut randomness) = (None, None);
    for (name, digits) in fields {
        match name {
            "th" => threshold = Some(hex(digits)?),
            "rv" if digits.len() == DIGITS => randomness = hex(digits),
            _ => {}
        }
    }
    let multiplier = WHOLE / (WHOLE - threshold? as f64);
    let rest = multiplier.fract();
    Some(match randomness {
        Some(randomness) if rest > 0.0 => {
            multiplier.floor() + f64::from(u8::from((randomness as f64) < rest * WHOLE))
        }
        _ => multiplier,
    })
}

/// Up to 14 digits, zeros after them left out.
fn hex(digits: &str) -> Option<u64> {
    let sound = !digits.is_empty() && digits.len() <= DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let number = u64::from_str_radix(digits, 16).ok().filter(|_| sound)?;
    Some(number << (4 * (DIGITS - digits.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_stands_for_as_many_as_were_left_out() {
        let of = |multiplier: &Multiplier, state: &str, span: &[(&str, Value)]| {
            let attributes: Attributes = span.iter().map(|(k, v)| ((*k).into(), v.clone())).collect();
            multiplier.of(state, &attributes, &vec![("rate".into(), Value::Double(0.25))])
        };
        let by_key = Multiplier { key: Some("rate".to_owned()), trace_state: false };
        assert_eq!(of(&by_key, "ot=th:8", &[("rate", Value::Double(0.1))]), 10.0);
        assert_eq!(of(&by_key, "", &[("rate", Value::Double(0.0))]), 4.0, "the resource says it");
        assert_eq!(of(&Multiplier::default(), "ot=th:8", &[("rate", Value::Double(0.1))]), 1.0);
        let both = Multiplier { trace_state: true, ..by_key };
        for (state, want) in [
            ("ot=th:8", 2.0),
            ("a=b, ot=th:c;x:y,c=d", 4.0),
            ("ot=th:0", 1.0),
            ("ot=rv:00000000000000", 4.0),
            ("ot=th:zz", 4.0),
            ("ot=th:", 4.0),
            ("ot=th:123456789abcdef", 4.0),
            ("xot=th:8", 4.0),
            // 1.6: by the randomness 2 of five times three, 1 else.
            ("ot=th:6;rv:00000000000001", 2.0),
            ("ot=th:6;rv:ffffffffffffff", 1.0),
            ("ot=th:6", 1.6),
        ] {
            assert!((of(&both, state, &[]) - want).abs() < 1e-12, "{state}");
        }
    }
}
