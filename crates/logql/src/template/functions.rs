//! The functions of templates: Go's built-ins, and those that the replaced system adds.

use super::exec::Execution;
use super::printf;
use super::strings as text;
use super::time::{self, Time};
use super::value::{Value, from_json};
use crate::{regexp, units};

/// The longest text that `repeat` and friends make, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// Why a function gave no value: the call failed, or it could not be called.
pub(super) enum Failure {
    Call(String),
    Plain(String),
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Failure::Call(error)
    }
}

type Called = Result<Value, Failure>;

/// Names with the number of arguments they take, least and most.
const FUNCTIONS: &[(&str, usize, usize)] = &[
    ("__line__", 0, 0),
    ("__timestamp__", 0, 0),
    ("ToLower", 1, 1),
    ("ToUpper", 1, 1),
    ("Replace", 4, 4),
    ("Trim", 2, 2),
    ("TrimLeft", 2, 2),
    ("TrimRight", 2, 2),
    ("TrimPrefix", 2, 2),
    ("TrimSuffix", 2, 2),
    ("TrimSpace", 1, 1),
    ("regexReplaceAll", 3, 3),
    ("regexReplaceAllLiteral", 3, 3),
    ("count", 2, 2),
    ("urldecode", 1, 1),
    ("urlencode", 1, 1),
    ("bytes", 1, 1),
    ("duration", 1, 1),
    ("duration_seconds", 1, 1),
    ("unixEpochMillis", 1, 1),
    ("unixEpochNanos", 1, 1),
    ("unixEpoch", 1, 1),
    ("toDateInZone", 3, 3),
    ("unixToTime", 1, 1),
    ("alignLeft", 2, 2),
    ("alignRight", 2, 2),
    ("b64dec", 1, 1),
    ("b64enc", 1, 1),
    ("lower", 1, 1),
    ("upper", 1, 1),
    ("title", 1, 1),
    ("trunc", 2, 2),
    ("substr", 3, 3),
    ("contains", 2, 2),
    ("hasPrefix", 2, 2),
    ("hasSuffix", 2, 2),
    ("indent", 2, 2),
    ("nindent", 2, 2),
    ("replace", 3, 3),
    ("repeat", 2, 2),
    ("trim", 1, 1),
    ("trimAll", 2, 2),
    ("trimSuffix", 2, 2),
    ("trimPrefix", 2, 2),
    ("int", 1, 1),
    ("float64", 1, 1),
    ("add", 0, 99),
    ("sub", 2, 2),
    ("mul", 1, 99),
    ("div", 2, 2),
    ("mod", 2, 2),
    ("addf", 0, 99),
    ("subf", 1, 99),
    ("mulf", 1, 99),
    ("divf", 1, 99),
    ("max", 1, 99),
    ("min", 1, 99),
    ("maxf", 1, 99),
    ("minf", 1, 99),
    ("ceil", 1, 1),
    ("floor", 1, 1),
    ("round", 2, 3),
    ("fromJson", 1, 1),
    ("date", 2, 2),
    ("toDate", 2, 2),
    ("now", 0, 0),
    ("default", 1, 2),
    ("and", 1, 99),
    ("or", 1, 99),
    ("not", 1, 1),
    ("eq", 2, 99),
    ("ne", 2, 2),
    ("lt", 2, 2),
    ("le", 2, 2),
    ("gt", 2, 2),
    ("ge", 2, 2),
    ("len", 1, 1),
    ("index", 1, 99),
    ("slice", 1, 4),
    ("print", 0, 99),
    ("printf", 1, 99),
    ("println", 0, 99),
    ("html", 0, 99),
    ("js", 0, 99),
    ("urlquery", 0, 99),
    ("call", 1, 99),
];

pub(super) fn exists(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, ..)| *known == name)
}

/// Calls a function that [`exists`].
pub(super) fn call(name: &str, args: Vec<Value>, execution: &Execution<'_>) -> Called {
    let (_, least, most) =
        FUNCTIONS.iter().find(|(known, ..)| *known == name).expect("the parser knows only these functions");
    if args.len() < *least || args.len() > *most {
        let want = if least == most { least.to_string() } else { format!("at least {least}") };
        return Err(Failure::Plain(format!(
            "wrong number of args for {name}: want {want} got {}",
            args.len()
        )));
    }
    if let Some(value) = numeric(name, &args) {
        return value;
    }
    if let Some(value) = temporal(name, &args, execution)? {
        return Ok(value);
    }
    if let Some(value) = builtin(name, &args, execution) {
        return value;
    }
    textual(name, &args)
}

fn string(value: &Value) -> Result<&str, Failure> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Nil => Ok(""),
        other => {
            Err(Failure::Plain(format!("wrong type for value; expected string; got {}", other.type_name())))
        }
    }
}

fn integer(value: &Value) -> Result<i64, Failure> {
    match value {
        Value::Int(int) => Ok(*int),
        Value::Float(float) if float.fract() == 0.0 => Ok(*float as i64),
        other => {
            Err(Failure::Plain(format!("wrong type for value; expected int; got {}", other.type_name())))
        }
    }
}

/// What `int`, `add` and the like make of any value; what is no number is 0.
fn to_int(value: &Value) -> i64 {
    match value {
        Value::Int(int) => *int,
        Value::Float(float) => *float as i64,
        Value::Bool(flag) => i64::from(*flag),
        Value::Text(text) => text::parse_int(text),
        _ => 0,
    }
}

fn to_float(value: &Value) -> f64 {
    match value {
        Value::Int(int) => *int as f64,
        Value::Float(float) => *float,
        Value::Bool(flag) => f64::from(u8::from(*flag)),
        Value::Text(text) => units::parse_go_float(text).unwrap_or(0.0),
        _ => 0.0,
    }
}

fn numeric(name: &str, args: &[Value]) -> Option<Called> {
    let ints = || args.iter().map(to_int);
    let floats = || args.iter().map(to_float);
    let fold = |f: fn(f64, f64) -> f64| Value::Float(round_decimal(floats().reduce(f).unwrap_or(0.0)));
    Some(Ok(match name {
        "int" => Value::Int(to_int(&args[0])),
        "float64" => Value::Float(to_float(&args[0])),
        "add" => Value::Int(ints().fold(0, i64::wrapping_add)),
        "sub" => Value::Int(to_int(&args[0]).wrapping_sub(to_int(&args[1]))),
        "mul" => Value::Int(ints().fold(1, i64::wrapping_mul)),
        "div" | "mod" => {
            let (left, right) = (to_int(&args[0]), to_int(&args[1]));
            if right == 0 {
                return Some(Err(Failure::Call("runtime error: integer divide by zero".to_owned())));
            }
            Value::Int(if name == "div" { left.wrapping_div(right) } else { left.wrapping_rem(right) })
        }
        "max" => Value::Int(ints().max().unwrap_or(0)),
        "min" => Value::Int(ints().min().unwrap_or(0)),
        "addf" => fold(|a, b| a + b),
        "subf" => fold(|a, b| a - b),
        "mulf" => fold(|a, b| a * b),
        "divf" => {
            let mut quotient = to_float(&args[0]);
            for divisor in &args[1..] {
                let divisor = to_float(divisor);
                if divisor == 0.0 {
                    return Some(Err(Failure::Call("decimal division by 0".to_owned())));
                }
                quotient = divide_decimal(quotient, divisor);
            }
            Value::Float(quotient)
        }
        "maxf" => Value::Float(floats().fold(f64::NEG_INFINITY, f64::max)),
        "minf" => Value::Float(floats().fold(f64::INFINITY, f64::min)),
        "ceil" => Value::Float(to_float(&args[0]).ceil()),
        "floor" => Value::Float(to_float(&args[0]).floor()),
        "round" => {
            let scale = 10f64.powi(i32::try_from(to_int(&args[1])).unwrap_or(0));
            let threshold = args.get(2).map_or(0.5, to_float);
            let scaled = to_float(&args[0]) * scale;
            let fraction = scaled.fract();
            let rounded = if fraction >= threshold { scaled.ceil() } else { scaled.floor() };
            Value::Float(rounded / scale)
        }
        _ => return None,
    }))
}

/// The float functions compute in decimal: 1.1 * 1.1 is 1.21.
fn round_decimal(value: f64) -> f64 {
    format!("{value:.15e}")
        .parse::<f64>()
        .ok()
        .map_or(value, |rounded| format!("{rounded:.14e}").parse().unwrap_or(value))
}

/// A quotient of two decimals, to sixteen places behind the point.
fn divide_decimal(a: f64, b: f64) -> f64 {
    const PLACES: i32 = 16;
    let exact = || {
        let ((a, at), (b, under)) = (decimal(a)?, decimal(b)?);
        let shift = PLACES + at - under;
        let scale = 10i128.checked_pow(shift.unsigned_abs())?;
        let (a, b) = if shift < 0 { (a, b.checked_mul(scale)?) } else { (a.checked_mul(scale)?, b) };
        let (quotient, rest) = (a / b, a % b);
        let up = rest.checked_abs()?.checked_mul(2)? >= b.checked_abs()?;
        let sign = if (a < 0) == (b < 0) { 1 } else { -1 };
        format!("{}e-{PLACES}", quotient + if up { sign } else { 0 }).parse().ok()
    };
    exact().unwrap_or(a / b)
}

/// The shortest decimal of a float: digits and a power of ten.
fn decimal(value: f64) -> Option<(i128, i32)> {
    let text = format!("{value:e}");
    let (digits, power) = text.split_once('e')?;
    let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
    Some((digits.replace('.', "").parse().ok()?, power.parse::<i32>().ok()? - i32::try_from(places).ok()?))
}

fn temporal(name: &str, args: &[Value], execution: &Execution<'_>) -> Result<Option<Value>, Failure> {
    let moment = |value: &Value| match value {
        Value::Time(time) => Ok(time.clone()),
        Value::Int(seconds) => Ok(Time::utc(*seconds, 0)),
        _ => Err(Failure::Plain(format!(
            "wrong type for value; expected time.Time; got {}",
            value.type_name()
        ))),
    };
    Ok(Some(match name {
        "__timestamp__" => Value::Time(Time::from_nanos(execution.view.at)),
        "now" => Value::Time(Time::from_nanos(execution.view.labels.now())),
        "unixEpoch" => Value::Text(moment(&args[0])?.seconds.to_string()),
        "unixEpochMillis" => {
            let time = moment(&args[0])?;
            Value::Text((i128::from(time.seconds) * 1000 + i128::from(time.nanos / 1_000_000)).to_string())
        }
        "unixEpochNanos" => {
            let time = moment(&args[0])?;
            Value::Text((i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos)).to_string())
        }
        "date" => Value::Text(time::format(string(&args[0])?, &moment(&args[1])?)),
        "toDate" => Value::Time(time::parse(string(&args[0])?, string(&args[1])?, None)),
        "toDateInZone" => {
            Value::Time(time::parse(string(&args[0])?, string(&args[2])?, Some(string(&args[1])?)))
        }
        "unixToTime" => Value::Time(time::from_digits(string(&args[0])?)?),
        _ => return Ok(None),
    }))
}

fn builtin(name: &str, args: &[Value], execution: &Execution<'_>) -> Option<Called> {
    let truth = |value: &Value| value.truth(execution.labels.is_empty());
    let printed = |args: &[Value]| {
        let mut out = String::new();
        for (i, value) in args.iter().enumerate() {
            // Spaces stand between operands when neither is a text.
            if i > 0 && !matches!(value, Value::Text(_)) && !matches!(args[i - 1], Value::Text(_)) {
                out.push(' ');
            }
            value.print(&mut out, &execution.labels);
        }
        out
    };
    Some(match name {
        "__line__" => Ok(Value::Text(execution.view.line.to_owned())),
        "not" => Ok(Value::Bool(!truth(&args[0]))),
        "eq" | "ne" | "lt" | "le" | "gt" | "ge" => compare(name, args),
        "len" => match &args[0] {
            Value::Text(text) => Ok(Value::Int(text.len() as i64)),
            Value::List(list) => Ok(Value::Int(list.len() as i64)),
            Value::Map(map) => Ok(Value::Int(map.len() as i64)),
            Value::Labels => Ok(Value::Int(execution.labels.len() as i64)),
            Value::Nil => Err(Failure::Call("len of nil pointer".to_owned())),
            other => Err(Failure::Call(format!("len of type {}", other.type_name()))),
        },
        "index" => index(args, execution),
        "slice" => slice(args),
        "print" => Ok(Value::Text(printed(args))),
        "println" => {
            let mut out = String::new();
            for (i, value) in args.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { " " });
                value.print(&mut out, &execution.labels);
            }
            out.push('\n');
            Ok(Value::Text(out))
        }
        "printf" => {
            string(&args[0]).map(|format| Value::Text(printf::format(format, &args[1..], &execution.labels)))
        }
        "html" => Ok(Value::Text(text::html(&printed(args)))),
        "js" => Ok(Value::Text(text::js(&printed(args)))),
        "urlquery" => Ok(Value::Text(text::url_encode(&printed(args)))),
        "call" => Err(Failure::Call("non-function".to_owned())),
        "default" => {
            let given = args.get(1).filter(|value| truth(value));
            Ok(given.unwrap_or(&args[0]).clone())
        }
        "fromJson" => string(&args[0]).map(|json| serde_json::from_str(json).map_or(Value::Nil, from_json)),
        _ => return None,
    })
}

fn compare(name: &str, args: &[Value]) -> Called {
    use std::cmp::Ordering;
    let order = |a: &Value, b: &Value| match (a, b) {
        (Value::Text(a), Value::Text(b)) => Ok(Some(a.cmp(b))),
        (Value::Int(a), Value::Int(b)) => Ok(Some(a.cmp(b))),
        (Value::Float(a), Value::Float(b)) => Ok(a.partial_cmp(b)),
        (Value::Bool(a), Value::Bool(b)) if matches!(name, "eq" | "ne") => Ok(Some(a.cmp(b))),
        (Value::Nil, Value::Nil) if matches!(name, "eq" | "ne") => Ok(Some(Ordering::Equal)),
        (
            Value::Text(_) | Value::Int(_) | Value::Float(_) | Value::Bool(_),
            Value::Text(_) | Value::Int(_) | Value::Float(_) | Value::Bool(_),
        ) => {
            let (a, b) = (a.type_name(), b.type_name());
            Err(Failure::Call(format!("incompatible types for comparison: {a} and {b}")))
        }
        _ => Err(Failure::Call("invalid type for comparison".to_owned())),
    };
    if name == "eq" {
        for other in &args[1..] {
            if order(&args[0], other)? == Some(Ordering::Equal) {
                return Ok(Value::Bool(true));
            }
        }
        return Ok(Value::Bool(false));
    }
    let order = order(&args[0], &args[1])?;
    Ok(Value::Bool(match name {
        "ne" => order != Some(Ordering::Equal),
        "lt" => order == Some(Ordering::Less),
        "le" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        "gt" => order == Some(Ordering::Greater),
        _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }))
}

fn index(args: &[Value], execution: &Execution<'_>) -> Called {
    let mut value = args[0].clone();
    for key in &args[1..] {
        let kind = if matches!(value, Value::Text(_)) { "string" } else { "slice" };
        let place = |length: usize| match key {
            Value::Int(at) if *at >= 0 && (*at as usize) < length => Ok(*at as usize),
            // Go notices the place behind the last one later, in other words.
            Value::Int(at) if *at >= 0 && *at as usize == length => {
                Err(Failure::Call(format!("reflect: {kind} index out of range")))
            }
            Value::Int(at) => Err(Failure::Call(format!("index out of range: {at}"))),
            Value::Nil => Err(Failure::Call("cannot index slice/array with nil".to_owned())),
            other => Err(Failure::Call(format!("cannot index slice/array with type {}", other.type_name()))),
        };
        value = match value {
            Value::Text(text) => Value::Int(i64::from(text.as_bytes()[place(text.len())?])),
            Value::List(list) => list[place(list.len())?].clone(),
            Value::Map(map) => map.get(string(key)?).cloned().unwrap_or(Value::Nil),
            Value::Labels => Value::Text(execution.labels.get(string(key)?).cloned().unwrap_or_default()),
            Value::Nil => return Err(Failure::Call("index of untyped nil".to_owned())),
            other => return Err(Failure::Call(format!("can't index item of type {}", other.type_name()))),
        };
    }
    Ok(value)
}

fn slice(args: &[Value]) -> Called {
    let bound = |i: usize, default: usize| args.get(i).map_or(Ok(default as i64), integer);
    let range = |length: usize| {
        let (low, high) = (bound(1, 0)?, bound(2, length)?);
        for at in [low, high] {
            if at < 0 || at as usize > length {
                return Err(Failure::Call(format!("index out of range: {at}")));
            }
        }
        if low > high {
            return Err(Failure::Call(format!("invalid slice index: {low} > {high}")));
        }
        Ok(low as usize..high as usize)
    };
    match &args[0] {
        Value::Text(text) => {
            Ok(Value::Text(String::from_utf8_lossy(&text.as_bytes()[range(text.len())?]).into_owned()))
        }
        Value::List(list) => Ok(Value::List(list[range(list.len())?].to_vec())),
        Value::Nil => Err(Failure::Call("slice of untyped nil".to_owned())),
        other => Err(Failure::Call(format!("can't slice item of type {}", other.type_name()))),
    }
}

fn textual(name: &str, args: &[Value]) -> Called {
    let arg = |i: usize| string(&args[i]);
    let bounded = |out: String| {
        if out.len() > MAX_TEXT {
            Err(Failure::Call("the text is too long".to_owned()))
        } else {
            Ok(Value::Text(out))
        }
    };
    let count = |i: usize| integer(&args[i]);
    Ok(match name {
        "ToLower" | "lower" => Value::Text(arg(0)?.to_lowercase()),
        "ToUpper" | "upper" => Value::Text(arg(0)?.to_uppercase()),
        "title" => Value::Text(text::title(arg(0)?)),
        "Replace" => {
            let times = usize::try_from(count(3)?).unwrap_or(usize::MAX);
            return bounded(arg(0)?.replacen(arg(1)?, arg(2)?, times));
        }
        "replace" => return bounded(arg(2)?.replace(arg(0)?, arg(1)?)),
        "Trim" => Value::Text(arg(0)?.trim_matches(one_of(arg(1)?)).to_owned()),
        "TrimLeft" => Value::Text(arg(0)?.trim_start_matches(one_of(arg(1)?)).to_owned()),
        "TrimRight" => Value::Text(arg(0)?.trim_end_matches(one_of(arg(1)?)).to_owned()),
        "TrimPrefix" => Value::Text(arg(0)?.strip_prefix(arg(1)?).unwrap_or(arg(0)?).to_owned()),
        "TrimSuffix" => Value::Text(arg(0)?.strip_suffix(arg(1)?).unwrap_or(arg(0)?).to_owned()),
        "TrimSpace" | "trim" => Value::Text(arg(0)?.trim().to_owned()),
        "trimAll" => Value::Text(arg(1)?.trim_matches(one_of(arg(0)?)).to_owned()),
        "trimPrefix" => Value::Text(arg(1)?.strip_prefix(arg(0)?).unwrap_or(arg(1)?).to_owned()),
        "trimSuffix" => Value::Text(arg(1)?.strip_suffix(arg(0)?).unwrap_or(arg(1)?).to_owned()),
        "contains" => Value::Bool(arg(1)?.contains(arg(0)?)),
        "hasPrefix" => Value::Bool(arg(1)?.starts_with(arg(0)?)),
        "hasSuffix" => Value::Bool(arg(1)?.ends_with(arg(0)?)),
        "regexReplaceAll" => {
            let regex = regexp::unanchored(arg(0)?)?;
            return bounded(regex.replace_all(arg(1)?, text::go_expansion(arg(2)?).as_str()).into_owned());
        }
        "regexReplaceAllLiteral" => {
            let regex = regexp::unanchored(arg(0)?)?;
            return bounded(regex.replace_all(arg(1)?, regex::NoExpand(arg(2)?)).into_owned());
        }
        "count" => Value::Int(regexp::unanchored(arg(0)?)?.find_iter(arg(1)?).count() as i64),
        "urlencode" => Value::Text(text::url_encode(arg(0)?)),
        "urldecode" => Value::Text(text::url_decode(arg(0)?)?),
        "bytes" => Value::Float(units::parse_bytes(arg(0)?)? as f64),
        "duration" | "duration_seconds" => Value::Float(units::parse_go_duration(arg(0)?)? as f64 / 1e9),
        "alignLeft" => Value::Text(text::align(count(0)?, arg(1)?, true)),
        "alignRight" => Value::Text(text::align(count(0)?, arg(1)?, false)),
        "b64enc" => Value::Text(text::base64(arg(0)?.as_bytes())),
        "b64dec" => Value::Text(text::unbase64(arg(0)?)),
        "trunc" => Value::Text(text::trunc(count(0)?, arg(1)?)),
        "substr" => Value::Text(text::substr(count(0)?, count(1)?, arg(2)?)?),
        "indent" | "nindent" => {
            let pad = " ".repeat(usize::try_from(count(0)?).unwrap_or(0).min(MAX_TEXT));
            let body = format!("{pad}{}", arg(1)?.replace('\n', &format!("\n{pad}")));
            return bounded(if name == "nindent" { format!("\n{body}") } else { body });
        }
        "repeat" => {
            let times = usize::try_from(count(0)?)
                .map_err(|_| Failure::Call("strings: negative Repeat count".to_owned()))?;
            if times.saturating_mul(arg(1)?.len()) > MAX_TEXT {
                return Err(Failure::Call("strings: Repeat output length overflow".to_owned()));
            }
            Value::Text(arg(1)?.repeat(times))
        }
        _ => return Err(Failure::Plain(format!("function {name} is not defined"))),
    })
}

fn one_of(set: &str) -> impl Fn(char) -> bool {
    move |c| set.contains(c)
}
