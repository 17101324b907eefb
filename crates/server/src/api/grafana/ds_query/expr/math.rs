//! Arithmetic over answers: `$A / ($A + $B) * 100 > 5`.
//!
//! ```text
//! or      and ( "||" and )*          sum     product ( ("+" | "-") product )*
//! and     equal ( "&&" equal )*      product power ( ("*" | "/" | "%") power )*
//! equal   order ( ("=="|"!=") order )*   power   factor ( "**" factor )*
//! order   sum ( ("<"|"<="|">"|">=") sum )*   factor  number | $name | function(or) | "(" or ")" | ("!" | "-") factor
//! ```
//! Two answers meet where their labels are the same, where one's are some of the other's, or where each side has one item only.
//! Series meet at equal times. Comparisons are 1 or 0.

use super::super::super::ApiError;
use super::{Held, Item, Labels, MAX_ITEMS, MAX_POINTS};

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 100;
/// Pairs of items that are compared by their labels, of one operator: two answers of 2,000 series each.
const MAX_PAIRS: usize = 4_000_000;
/// Points and pairs of items that all operators of one expression look at: a core does it in a few seconds.
const MAX_WORK: usize = if cfg!(test) { 100_000 } else { 50_000_000 };

type Read<'a> = &'a dyn Fn(&str) -> Result<Vec<Item>, ApiError>;

/// A constant, which meets everything, or items.
enum Answer {
    Constant(Option<f64>),
    Items(Vec<Item>),
}

impl Answer {
    fn items(&self) -> usize {
        match self {
            Answer::Constant(_) => 1,
            Answer::Items(items) => items.len(),
        }
    }

    fn points(&self) -> usize {
        match self {
            Answer::Constant(_) => 1,
            Answer::Items(items) => items.iter().map(Item::points).sum(),
        }
    }
}

pub(super) fn compute(expression: &str, read: Read<'_>) -> Result<Vec<Item>, ApiError> {
    let tokens = tokens(expression)?;
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, left: MAX_WORK, read };
    let answer = parser.level(0)?;
    if let Some(token) = parser.tokens.get(parser.at) {
        return Err(wrong(format!("nothing more was expected at {token:?}")));
    }
    Ok(match answer {
        Answer::Constant(value) => vec![Item::number(Labels::new(), value)],
        Answer::Items(items) => items,
    })
}

/// The names that the text reads; of a text that is written wrong, those before the fault.
pub(super) fn names(expression: &str) -> Vec<String> {
    let found = tokens(expression).unwrap_or_default();
    found
        .into_iter()
        .filter_map(|token| match token {
            Token::Name(name) => Some(name),
            _ => None,
        })
        .collect()
}

fn wrong(message: String) -> ApiError {
    ApiError::bad(format!("the expression is wrong: {message}"))
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Name(String),
    Function(String),
    /// An operator or a parenthesis.
    Sign(&'static str),
}

/// Longer signs first: one is the start of another.
const SIGNS: [&str; 17] =
    ["||", "&&", "==", "!=", "<=", ">=", "**", "<", ">", "+", "-", "*", "/", "%", "!", "(", ")"];

fn tokens(expression: &str) -> Result<Vec<Token>, ApiError> {
    let is_word = |one: char| one.is_alphanumeric() || one == '_';
    let mut found = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first == '$' {
            let (name, length) = match rest[1..].strip_prefix('{') {
                Some(braced) => match braced.split_once('}') {
                    Some((name, _)) => (name, name.len() + 3),
                    None => return Err(wrong("a name in braces does not end".to_owned())),
                },
                None => {
                    let end = rest[1..].find(|one| !is_word(one)).unwrap_or(rest.len() - 1);
                    (&rest[1..=end], end + 1)
                }
            };
            if name.is_empty() {
                return Err(wrong("a name is missing after $".to_owned()));
            }
            found.push(Token::Name(name.to_owned()));
            length
        } else if first.is_ascii_digit() || first == '.' {
            let length = number_length(rest);
            let Ok(value) = rest[..length].parse() else {
                return Err(wrong(format!("{:?} is no number", &rest[..length])));
            };
            found.push(Token::Number(value));
            length
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            found.push(Token::Sign(sign));
            sign.len()
        } else if is_word(first) {
            let end = rest.find(|one| !is_word(one)).unwrap_or(rest.len());
            found.push(Token::Function(rest[..end].to_owned()));
            end
        } else {
            return Err(wrong(format!("{first:?} means nothing here")));
        };
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

/// Bytes of the number at the start: digits, a point, and an exponent with its sign.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = 0;
    while let Some(byte) = bytes.get(end) {
        let is_sign = matches!(byte, b'+' | b'-') && end > 0 && matches!(bytes[end - 1], b'e' | b'E');
        if !(byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E') || is_sign) {
            break;
        }
        end += 1;
    }
    end
}

/// Operators by how loosely they bind.
const LEVELS: [&[&str]; 7] =
    [&["||"], &["&&"], &["==", "!="], &["<", "<=", ">", ">="], &["+", "-"], &["*", "/", "%"], &["**"]];

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    /// Of [`MAX_WORK`].
    left: usize,
    read: Read<'a>,
}

impl Parser<'_> {
    /// Takes the sign that comes next, where it is one of those.
    fn take(&mut self, signs: &[&str]) -> Option<&'static str> {
        match self.tokens.get(self.at) {
            Some(Token::Sign(sign)) if signs.contains(sign) => {
                self.at += 1;
                Some(sign)
            }
            _ => None,
        }
    }

    fn expect(&mut self, sign: &str) -> Result<(), ApiError> {
        match self.take(&[sign]) {
            Some(_) => Ok(()),
            None => Err(wrong(format!("expected {sign:?}"))),
        }
    }

    fn level(&mut self, level: usize) -> Result<Answer, ApiError> {
        let Some(signs) = LEVELS.get(level) else { return self.factor() };
        let mut left = self.level(level + 1)?;
        while let Some(sign) = self.take(signs) {
            let right = self.level(level + 1)?;
            let pairs = left.items().saturating_mul(right.items());
            let work = pairs.saturating_add(left.points() + right.points());
            left = combine(sign, left, right)?;
            self.spend(work)?;
        }
        Ok(left)
    }

    fn spend(&mut self, work: usize) -> Result<(), ApiError> {
        let left = self.left.checked_sub(work);
        self.left = left.ok_or_else(|| {
            ApiError::bad(format!(
                "the expression looks at more than {MAX_WORK} points: ask for fewer series"
            ))
        })?;
        Ok(())
    }

    fn factor(&mut self) -> Result<Answer, ApiError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(wrong(format!("it is nested deeper than {MAX_DEPTH} levels")));
        }
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        let answer = match token {
            Some(Token::Number(value)) => Answer::Constant(Some(value)),
            Some(Token::Name(name)) => Answer::Items((self.read)(&name)?),
            Some(Token::Sign("(")) => {
                let inner = self.level(0)?;
                self.expect(")")?;
                inner
            }
            Some(Token::Sign("-")) => each(self.factor()?, |value| value.map(|value| -value)),
            Some(Token::Sign("!")) => {
                each(self.factor()?, |value| value.map(|value| if value == 0.0 { 1.0 } else { 0.0 }))
            }
            Some(Token::Function(name)) => self.function(&name)?,
            Some(Token::Sign(sign)) => return Err(wrong(format!("a value was expected at {sign:?}"))),
            None => return Err(wrong("a value is missing at the end".to_owned())),
        };
        self.spend(answer.points())?;
        self.depth -= 1;
        Ok(answer)
    }

    fn function(&mut self, name: &str) -> Result<Answer, ApiError> {
        self.expect("(")?;
        let constant = match name {
            "nan" => Some(Some(f64::NAN)),
            "inf" => Some(Some(f64::INFINITY)),
            "infn" => Some(Some(f64::NEG_INFINITY)),
            "null" => Some(None),
            _ => None,
        };
        if let Some(value) = constant {
            self.expect(")")?;
            return Ok(Answer::Constant(value));
        }
        let change: fn(Option<f64>) -> Option<f64> = match name {
            "abs" => |value| value.map(f64::abs),
            "log" => |value| value.map(f64::ln),
            "round" => |value| value.map(f64::round),
            "ceil" => |value| value.map(f64::ceil),
            "floor" => |value| value.map(f64::floor),
            "is_nan" => |value| Some(whether(value.is_some_and(f64::is_nan))),
            "is_inf" => |value| Some(whether(value.is_some_and(f64::is_infinite))),
            "is_null" => |value| Some(whether(value.is_none())),
            "is_number" => |value| Some(whether(value.is_some_and(f64::is_finite))),
            _ => return Err(wrong(format!("there is no function {name:?}"))),
        };
        let inner = self.level(0)?;
        self.expect(")")?;
        Ok(each(inner, change))
    }
}

fn each(answer: Answer, change: impl Fn(Option<f64>) -> Option<f64>) -> Answer {
    match answer {
        Answer::Constant(value) => Answer::Constant(change(value)),
        Answer::Items(items) => Answer::Items(items.iter().map(|item| item.map(&change)).collect()),
    }
}

fn combine(sign: &str, left: Answer, right: Answer) -> Result<Answer, ApiError> {
    let both = |a: Option<f64>, b: Option<f64>| Some(operate(sign, a?, b?));
    let (left, right) = match (left, right) {
        (Answer::Constant(a), Answer::Constant(b)) => return Ok(Answer::Constant(both(a, b))),
        (Answer::Constant(a), items) => return Ok(each(items, |b| both(a, b))),
        (items, Answer::Constant(b)) => return Ok(each(items, |a| both(a, b))),
        (Answer::Items(left), Answer::Items(right)) => (left, right),
    };
    if left.len().saturating_mul(right.len()) > MAX_PAIRS {
        let (left, right) = (left.len(), right.len());
        return Err(ApiError::bad(format!(
            "{left} and {right} results are too many to compute with {sign:?}"
        )));
    }
    let is_single = left.len() == 1 && right.len() == 1;
    let points = |items: &[Item]| items.iter().map(Item::points).sum::<usize>();
    let most = MAX_POINTS.max(points(&left) + points(&right));
    let (mut found, mut made) = (Vec::new(), 0);
    for a in &left {
        for b in &right {
            let Some(labels) = meet(&a.labels, &b.labels).or_else(|| is_single.then(Labels::new)) else {
                continue;
            };
            let item = Item { labels, held: pair(a, b, &both) };
            made += item.points();
            found.push(item);
            if found.len() > MAX_ITEMS || made > most {
                return Err(ApiError::bad(format!(
                    "{sign:?} has more than {MAX_ITEMS} results or {most} points"
                )));
            }
        }
    }
    Ok(Answer::Items(found))
}

/// The labels of what two items give: of the one whose labels hold all of the other's.
fn meet(a: &Labels, b: &Labels) -> Option<Labels> {
    let (more, fewer) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    fewer.iter().all(|(name, value)| more.get(name) == Some(value)).then(|| more.clone())
}

fn pair(a: &Item, b: &Item, both: &impl Fn(Option<f64>, Option<f64>) -> Option<f64>) -> Held {
    match (&a.held, &b.held) {
        (Held::Number(a), Held::Number(b)) => Held::Number(both(*a, *b)),
        (Held::Number(a), Held::Series(points)) => {
            Held::Series(points.iter().map(|(at, b)| (*at, both(*a, *b))).collect())
        }
        (Held::Series(points), Held::Number(b)) => {
            Held::Series(points.iter().map(|(at, a)| (*at, both(*a, *b))).collect())
        }
        (Held::Series(a), Held::Series(b)) => {
            let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
            let mut points = Vec::new();
            while let (Some((left, x)), Some((right, y))) = (a.peek(), b.peek()) {
                if left == right {
                    points.push((*left, both(*x, *y)));
                }
                let (left, right) = (*left, *right);
                if left <= right {
                    a.next();
                }
                if right <= left {
                    b.next();
                }
            }
            Held::Series(points)
        }
    }
}

fn operate(sign: &str, a: f64, b: f64) -> f64 {
    match (sign, a, b) {
        // Decided by the left side alone.
        ("||", a, _) if a != 0.0 && !a.is_nan() => 1.0,
        ("&&", 0.0, _) => 0.0,
        (_, a, b) if a.is_nan() || b.is_nan() => f64::NAN,
        ("+", a, b) => a + b,
        ("-", a, b) => a - b,
        ("*", a, b) => a * b,
        ("/", a, b) => a / b,
        ("%", a, b) => a % b,
        ("**", a, b) => a.powf(b),
        ("==", a, b) => whether(a == b),
        ("!=", a, b) => whether(a != b),
        ("<", a, b) => whether(a < b),
        ("<=", a, b) => whether(a <= b),
        (">", a, b) => whether(a > b),
        (">=", a, b) => whether(a >= b),
        (_, _, b) => whether(b != 0.0),
    }
}

/// How this arithmetic says yes and no.
fn whether(is: bool) -> f64 {
    f64::from(u8::from(is))
}
