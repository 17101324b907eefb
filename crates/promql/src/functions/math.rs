//! Functions of one number, and the two of numbers where Go's rules for NaN and infinity differ from Rust's.

/// The larger; `+Inf` wins over NaN, NaN over everything else.
pub(crate) fn max(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        return f64::INFINITY;
    }
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// The smaller; `-Inf` wins over NaN, NaN over everything else.
pub(crate) fn min(a: f64, b: f64) -> f64 {
    if a == f64::NEG_INFINITY || b == f64::NEG_INFINITY {
        return f64::NEG_INFINITY;
    }
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) }
}

/// To the nearest multiple of `nearest`, halves upwards.
pub(crate) fn round(value: f64, nearest: f64) -> f64 {
    // Dividing by the inverse costs less precision than multiplying.
    let inverse = 1.0 / nearest;
    (value * inverse + 0.5).floor() / inverse
}

/// The function of that name, if it is one of a single number.
pub(crate) fn elementwise(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "abs" => f64::abs,
        "acos" => f64::acos,
        "acosh" => f64::acosh,
        "asin" => f64::asin,
        "asinh" => f64::asinh,
        "atan" => f64::atan,
        "atanh" => f64::atanh,
        "ceil" => f64::ceil,
        "cos" => f64::cos,
        "cosh" => f64::cosh,
        "deg" => |v| v * 180.0 / std::f64::consts::PI,
        "exp" => f64::exp,
        "floor" => f64::floor,
        "ln" => f64::ln,
        "log10" => f64::log10,
        "log2" => f64::log2,
        "rad" => |v| v * std::f64::consts::PI / 180.0,
        "sgn" => |v| {
            if v < 0.0 {
                -1.0
            } else if v > 0.0 {
                1.0
            } else {
                v
            }
        },
        "sin" => f64::sin,
        "sinh" => f64::sinh,
        "sqrt" => f64::sqrt,
        "tan" => f64::tan,
        "tanh" => f64::tanh,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_values_follow_go() {
        assert_eq!(max(f64::NAN, f64::INFINITY), f64::INFINITY);
        assert!(max(f64::NAN, 1.0).is_nan() && min(f64::INFINITY, f64::NAN).is_nan());
        assert_eq!(min(f64::NAN, f64::NEG_INFINITY), f64::NEG_INFINITY);
        assert_eq!((round(-0.5, 1.0), round(5.25, 0.1)), (0.0, 5.3));
    }
}
