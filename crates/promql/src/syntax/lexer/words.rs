//! Words that mean something.

use super::Word;

const OPERATORS: [&str; 4] = ["and", "or", "unless", "atan2"];
const AGGREGATORS: [&str; 14] = [
    "sum",
    "avg",
    "count",
    "min",
    "max",
    "group",
    "stddev",
    "stdvar",
    "topk",
    "bottomk",
    "count_values",
    "quantile",
    "limitk",
    "limit_ratio",
];
const KEYWORDS: [&str; 13] = [
    "offset",
    "smoothed",
    "anchored",
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "fill",
    "fill_left",
    "fill_right",
    "bool",
];
const MOMENTS: [&str; 6] = ["start", "end", "step", "range", "max_of", "min_of"];
/// Moments that may occur inside of a duration expression.
pub(super) const DURATION_WORDS: [&str; 4] = ["step", "range", "max_of", "min_of"];

/// The meaning of a word, in any case of letters.
pub(super) fn word_of(text: &str) -> Option<Word> {
    let lower = text.to_ascii_lowercase();
    let find = |list: &[&'static str]| list.iter().find(|w| **w == lower).copied();
    find(&OPERATORS)
        .map(Word::Operator)
        .or_else(|| find(&AGGREGATORS).map(Word::Aggregator))
        .or_else(|| find(&KEYWORDS).map(Word::Keyword))
        .or_else(|| find(&MOMENTS).map(Word::Moment))
}
