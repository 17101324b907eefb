//! What a query may use and how it is evaluated.

/// Syntax that has to be enabled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseOptions {
    /// Functions and aggregations that are marked experimental.
    pub experimental_functions: bool,
    /// `foo[5m*2]`
    pub duration_expressions: bool,
    /// `anchored` and `smoothed`
    pub extended_range_selectors: bool,
    /// `fill(0)` and its like
    pub fill_modifiers: bool,
}

impl Default for ParseOptions {
    /// Duration expressions only, as the replaced system has it without flags.
    fn default() -> Self {
        ParseOptions {
            experimental_functions: false,
            duration_expressions: true,
            extended_range_selectors: false,
            fill_modifiers: false,
        }
    }
}

impl ParseOptions {
    /// All syntax.
    pub fn all() -> Self {
        ParseOptions {
            experimental_functions: true,
            duration_expressions: true,
            extended_range_selectors: true,
            fill_modifiers: true,
        }
    }
}

/// 5 minutes: five missed scrapes of the usual minute.
pub const DEFAULT_LOOKBACK_MILLIS: i64 = 300_000;

/// One minute: the usual evaluation interval.
pub const DEFAULT_SUBQUERY_STEP_MILLIS: i64 = 60_000;

/// 50 million samples are 800 MB as 16-byte pairs: what the replaced system allows.
pub const DEFAULT_MAX_SAMPLES: u64 = 50_000_000;

/// How queries are evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// What the text may use.
    pub parse: ParseOptions,
    /// How far an instant selector looks back for a sample, in milliseconds.
    pub lookback: i64,
    /// Step of subqueries that give none, in milliseconds.
    pub subquery_step: i64,
    /// Samples that a query may hold at once.
    pub max_samples: u64,
    /// Metric names are dropped from the result only at the end, so that `label_replace` can still read them.
    pub delayed_name_removal: bool,
    /// Whether a metric is a counter is told by its `__type__` label instead of its name.
    pub type_and_unit_labels: bool,
    /// `rate` and its like use the start timestamps of samples.
    pub start_timestamps: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            parse: ParseOptions::default(),
            lookback: DEFAULT_LOOKBACK_MILLIS,
            subquery_step: DEFAULT_SUBQUERY_STEP_MILLIS,
            max_samples: DEFAULT_MAX_SAMPLES,
            delayed_name_removal: false,
            type_and_unit_labels: false,
            start_timestamps: false,
        }
    }
}
