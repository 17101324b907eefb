//! The words and signs of TraceQL, and how errors name them.

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A bare word that is no keyword, or the name of an attribute.
    Identifier(String),
    /// `"text"` or `` `text` ``.
    Text(String),
    /// `12`
    Integer(i64),
    /// `1.5`
    Float(f64),
    /// `1h30m`, in nanoseconds.
    Duration(i64),
    /// A keyword, operator or bracket, spelt as in the query. Scopes come with their dot or colon: `span.`, `trace:`.
    Sign(&'static str),
    /// The end of an attribute's name.
    EndAttribute,
    /// The end of the query.
    End,
}

impl Token {
    /// How error texts call it.
    pub fn describe(&self) -> &'static str {
        match self {
            Token::Identifier(_) => "IDENTIFIER",
            Token::Text(_) => "STRING",
            Token::Integer(_) => "INTEGER",
            Token::Float(_) => "FLOAT",
            Token::Duration(_) => "DURATION",
            Token::Sign(sign) => sign,
            Token::EndAttribute => "END_ATTRIBUTE",
            Token::End => "$end",
        }
    }

    /// Whether it is this keyword, operator or bracket.
    pub fn is(&self, sign: &str) -> bool {
        matches!(self, Token::Sign(s) if *s == sign)
    }
}

/// Where a token begins: what errors say, and the byte range for editors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1; 0 where the replaced system's scanner loses it (inside attributes and after joined signs).
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// Words that are keywords outside of attribute names.
pub(crate) const WORDS: &[&str] = &[
    "true",
    "false",
    "nil",
    "minInt",
    "maxInt",
    "ok",
    "error",
    "unset",
    "unspecified",
    "internal",
    "server",
    "client",
    "producer",
    "consumer",
    "duration",
    "childCount",
    "name",
    "status",
    "statusMessage",
    "kind",
    "rootName",
    "rootServiceName",
    "rootService",
    "traceDuration",
    "nestedSetLeft",
    "nestedSetRight",
    "nestedSetParent",
    "parent",
    "id",
    "traceID",
    "spanID",
    "parentID",
    "timeSinceStart",
    "version",
    "count",
    "avg",
    "max",
    "min",
    "sum",
    "by",
    "coalesce",
    "select",
    "rate",
    "count_over_time",
    "min_over_time",
    "max_over_time",
    "avg_over_time",
    "sum_over_time",
    "quantile_over_time",
    "histogram_over_time",
    "compare",
    "topk",
    "bottomk",
    "with",
];

/// Words that with the next character open a scope.
pub(crate) const SCOPES: &[&str] = &[
    "parent.",
    "resource.",
    "span.",
    "event.",
    "link.",
    "instrumentation.",
    "trace:",
    "span:",
    "event:",
    "link:",
    "instrumentation:",
];

/// Signs of several characters, longest first.
pub(crate) const JOINED: &[&str] = &[
    "!>>", "!<<", "&>>", "&<<", "!=", "!~", "!>", "!<", "=~", ">=", "<=", ">>", "<<", "&&", "||", "&>", "&<",
    "&~",
];

/// Signs of one character.
pub(crate) const SINGLE: &[&str] =
    &[".", "{", "}", "(", ")", ",", "|", "=", "<", ">", "~", "!", "+", "-", "*", "/", "%", "^"];
