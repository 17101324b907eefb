//! The functions of the language: their names and types here, what they compute in the files below.
//!
//! Kernels are plain functions of slices and numbers; the executor decides what they are given and drops names.

pub(crate) mod counters;
pub(crate) mod dates;
pub(crate) mod extended;
pub(crate) mod math;
pub(crate) mod natural;
pub(crate) mod over_time;
pub(crate) mod quantiles;
pub(crate) mod rates;
pub(crate) mod regression;
pub(crate) mod sums;
pub(crate) mod window;

mod table;

use crate::syntax::ast::ValueType;

/// A function's name and types.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// As written in a query.
    pub name: &'static str,
    /// Types of the arguments.
    pub args: &'static [ValueType],
    /// How many arguments may be left out or added at the end: 0 none, n > 0 the last may be left out or occur up to n
    /// times, -1 any number of times.
    pub variadic: i32,
    /// What it yields.
    pub returns: ValueType,
    /// Whether it must be enabled.
    pub experimental: bool,
}

/// The function of that name.
pub fn find(name: &str) -> Option<&'static Function> {
    table::FUNCTIONS.binary_search_by(|f| f.name.cmp(name)).ok().map(|at| &table::FUNCTIONS[at])
}

/// All functions, sorted by name.
pub fn all() -> &'static [Function] {
    &table::FUNCTIONS
}

/// Functions whose value depends on the time of evaluation even when their arguments do not.
pub(crate) const TIME_DEPENDENT: [&str; 15] = [
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "days_in_month",
    "end",
    "hour",
    "minute",
    "month",
    "predict_linear",
    "range",
    "start",
    "step",
    "time",
    "timestamp",
    "year",
];

/// Functions that take `anchored` ranges, in the order in which errors list them.
pub(crate) const ANCHORED: [&str; 5] = ["changes", "delta", "increase", "rate", "resets"];

/// Functions that take `smoothed` ranges, in the order in which errors list them.
pub(crate) const SMOOTHED: [&str; 3] = ["delta", "increase", "rate"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_names_are_found() {
        assert!(all().is_sorted_by(|a, b| a.name < b.name));
        assert!(all().iter().all(|f| find(f.name) == Some(f)));
        assert!(find("nope").is_none());
        assert!(TIME_DEPENDENT.iter().all(|name| find(name).is_some()));
    }
}
