//! `on (...)` and `ignoring (...)`: which series of two vectors belong together.

use model::{Labels, METRIC_NAME};

/// How many series of each side may match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Cardinality {
    /// One of each.
    #[default]
    OneToOne,
    /// `group_left`: many on the left.
    ManyToOne,
    /// `group_right`: many on the right.
    OneToMany,
    /// Set operations.
    ManyToMany,
}

impl Cardinality {
    /// As answers name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Cardinality::OneToOne => "one-to-one",
            Cardinality::ManyToOne => "many-to-one",
            Cardinality::OneToMany => "one-to-many",
            Cardinality::ManyToMany => "many-to-many",
        }
    }
}

/// How a binary operation matches series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VectorMatching {
    /// How many may match.
    pub cardinality: Cardinality,
    /// The labels of `on` or `ignoring`, as written.
    pub labels: Vec<String>,
    /// Whether they are the only ones compared.
    pub on: bool,
    /// The labels that `group_left` or `group_right` copies from the one side.
    pub include: Vec<String>,
    /// Value of a missing left side.
    pub fill_left: Option<f64>,
    /// Value of a missing right side.
    pub fill_right: Option<f64>,
}

impl VectorMatching {
    /// The labels that matching series have in common. The metric's name never counts unless `on` names it.
    pub fn signature(&self, labels: &Labels) -> Labels {
        if self.on {
            labels.keep_only(&self.labels)
        } else {
            labels.filtered(|name| name != METRIC_NAME && !self.labels.iter().any(|l| l == name))
        }
    }

    /// Whether a missing side is filled in.
    pub fn fills(&self) -> bool {
        self.fill_left.is_some() || self.fill_right.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_leave_the_name_out() {
        let labels = Labels::from_pairs([("__name__", "up"), ("a", "1"), ("b", "2")]);
        let on = VectorMatching { labels: vec!["a".into()], on: true, ..VectorMatching::default() };
        assert_eq!(on.signature(&labels).to_string(), r#"{a="1"}"#);
        let ignoring = VectorMatching { labels: vec!["a".into()], ..VectorMatching::default() };
        assert_eq!(ignoring.signature(&labels).to_string(), r#"{b="2"}"#);
    }
}
