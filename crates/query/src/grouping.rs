//! `by (...)` and `without (...)`: which labels of a series name its group.

use model::{Labels, METRIC_NAME};

/// How an aggregation groups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grouping {
    /// The labels named, as written.
    pub labels: Vec<String>,
    /// Whether they are the ones to leave out.
    pub without: bool,
}

impl Grouping {
    /// The labels of the group that a series belongs to. `without` leaves out the metric's name as well.
    pub fn group_of(&self, labels: &Labels) -> Labels {
        if self.without {
            labels.filtered(|name| name != METRIC_NAME && !self.labels.iter().any(|l| l == name))
        } else {
            labels.keep_only(&self.labels)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_keeps_and_without_drops() {
        let labels = Labels::from_pairs([("__name__", "up"), ("a", "1"), ("b", "2")]);
        let by = Grouping { labels: vec!["a".into(), "x".into()], without: false };
        assert_eq!(by.group_of(&labels).to_string(), r#"{a="1"}"#);
        let without = Grouping { labels: vec!["a".into()], without: true };
        assert_eq!(without.group_of(&labels).to_string(), r#"{b="2"}"#);
    }
}
