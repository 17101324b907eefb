//! Go's `fmt.Sprintf` over template values.

use super::value::Value;
use crate::units::{format_float_g, quote};
use std::collections::BTreeMap;

/// The widest field and the longest fraction.
const MAX_WIDTH: usize = 1000;

#[derive(Default)]
struct Spec {
    minus: bool,
    plus: bool,
    sharp: bool,
    zero: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

pub(super) fn format(text: &str, args: &[Value], labels: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut next = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = Spec::default();
        while let Some(flag) = chars.next_if(|c| matches!(c, '-' | '+' | '#' | '0' | ' ')) {
            match flag {
                '-' => spec.minus = true,
                '+' => spec.plus = true,
                '#' => spec.sharp = true,
                '0' => spec.zero = true,
                _ => spec.space = true,
            }
        }
        let number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>, next: &mut usize| {
            if chars.next_if_eq(&'*').is_some() {
                let value = args.get(*next);
                *next += 1;
                return match value {
                    Some(Value::Int(int)) => usize::try_from(*int).ok(),
                    _ => None,
                };
            }
            let mut value = None;
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                let digit = digit as usize - '0' as usize;
                value = Some((value.unwrap_or(0) * 10 + digit).min(MAX_WIDTH));
            }
            value
        };
        spec.width = number(&mut chars, &mut next);
        if chars.next_if_eq(&'.').is_some() {
            spec.precision = Some(number(&mut chars, &mut next).unwrap_or(0));
        }
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(verb) => match args.get(next) {
                Some(value) => {
                    next += 1;
                    out.push_str(&one(verb, value, &spec, labels));
                }
                None => out.push_str(&format!("%!{verb}(MISSING)")),
            },
        }
    }
    if next < args.len() {
        out.push_str("%!(EXTRA ");
        for (i, value) in args[next..].iter().enumerate() {
            out.push_str(if i == 0 { "" } else { ", " });
            out.push_str(value.type_name());
            out.push('=');
            value.print(&mut out, labels);
        }
        out.push(')');
    }
    out
}

fn one(verb: char, value: &Value, spec: &Spec, labels: &BTreeMap<String, String>) -> String {
    let plain = || {
        let mut text = String::new();
        value.print(&mut text, labels);
        text
    };
    match (verb, value) {
        ('v', Value::Text(_)) | ('s', Value::Text(_)) => {
            let text = plain();
            let cut = spec.precision.map_or(text.clone(), |p| text.chars().take(p).collect());
            pad(cut, spec, false)
        }
        ('q', Value::Text(text)) => pad(quote(text), spec, false),
        ('x' | 'X', Value::Text(text)) => {
            let hex: String = text.bytes().map(|b| format!("{b:02x}")).collect();
            pad(if verb == 'X' { hex.to_uppercase() } else { hex }, spec, false)
        }
        ('d' | 'v', Value::Int(int)) => signed(*int < 0, int.unsigned_abs().to_string(), spec),
        ('x', Value::Int(int)) => {
            signed(*int < 0, radix(int.unsigned_abs(), spec, "0x", |n| format!("{n:x}")), spec)
        }
        ('X', Value::Int(int)) => {
            signed(*int < 0, radix(int.unsigned_abs(), spec, "0X", |n| format!("{n:X}")), spec)
        }
        ('o', Value::Int(int)) => {
            signed(*int < 0, radix(int.unsigned_abs(), spec, "0", |n| format!("{n:o}")), spec)
        }
        ('b', Value::Int(int)) => {
            signed(*int < 0, radix(int.unsigned_abs(), spec, "0b", |n| format!("{n:b}")), spec)
        }
        ('c', Value::Int(int)) => {
            let c = u32::try_from(*int).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
            pad(c.to_string(), spec, false)
        }
        ('f' | 'F' | 'e' | 'E' | 'g' | 'G' | 'v', Value::Float(float)) => float_text(verb, *float, spec),
        ('t' | 'v', Value::Bool(_)) => pad(plain(), spec, false),
        ('v' | 's', Value::Nil) => {
            pad(if verb == 'v' { "<nil>".into() } else { "%!s(<nil>)".into() }, spec, false)
        }
        ('v', _) | ('s', Value::Time(_)) | ('s', Value::Labels) => pad(plain(), spec, false),
        ('T', _) => pad(value.type_name().to_owned(), spec, false),
        _ => format!("%!{verb}({}={})", value.type_name(), plain()),
    }
}

fn radix(value: u64, spec: &Spec, prefix: &str, digits: impl Fn(u64) -> String) -> String {
    if spec.sharp { format!("{prefix}{}", digits(value)) } else { digits(value) }
}

fn float_text(verb: char, value: f64, spec: &Spec) -> String {
    let magnitude = value.abs();
    let text = if !magnitude.is_finite() {
        if value.is_nan() { "NaN".to_owned() } else { "Inf".to_owned() }
    } else {
        match verb {
            'f' | 'F' => format!("{magnitude:.*}", spec.precision.unwrap_or(6)),
            'e' | 'E' => {
                let text = format!("{magnitude:.*e}", spec.precision.unwrap_or(6));
                let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
                let exponent: i32 = exponent.parse().unwrap_or(0);
                format!("{mantissa}{verb}{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
            }
            _ => match spec.precision {
                Some(digits) => {
                    let rounded: f64 =
                        format!("{magnitude:.*e}", digits.max(1) - 1).parse().unwrap_or(magnitude);
                    format_float_g(rounded, i32::try_from(digits.max(1)).unwrap_or(21))
                }
                None => format_float_g(magnitude, 6),
            },
        }
    };
    signed(value.is_sign_negative() && !value.is_nan(), text, spec)
}

fn signed(negative: bool, digits: String, spec: &Spec) -> String {
    let sign = match (negative, spec.plus, spec.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    };
    if spec.zero
        && !spec.minus
        && let Some(width) = spec.width
    {
        let zeros = width.saturating_sub(sign.len() + digits.len());
        return format!("{sign}{}{digits}", "0".repeat(zeros));
    }
    pad(format!("{sign}{digits}"), spec, true)
}

fn pad(text: String, spec: &Spec, number: bool) -> String {
    let missing = spec.width.unwrap_or(0).saturating_sub(text.chars().count());
    let fill = if spec.zero && !number && !spec.minus { "0" } else { " " }.repeat(missing);
    if spec.minus { text + &fill } else { fill + &text }
}
