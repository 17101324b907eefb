//! Relabelling: rules that rewrite, keep or drop a label set, as scrape configurations have them.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config>

use model::regexp::{Anchors, RegexpError, compile};
use model::{Labels, LabelsBuilder};

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelabelAction {
    /// Sets the target label to the replacement when the pattern matches.
    Replace,
    /// Drops label sets that do not match.
    Keep,
    /// Drops label sets that match.
    Drop,
    /// Drops label sets whose sources differ from the target label.
    KeepEqual,
    /// Drops label sets whose sources equal the target label.
    DropEqual,
    /// Sets the target label to a hash of the sources modulo `modulus`.
    HashMod,
    /// Copies labels whose names match to names given by the replacement.
    LabelMap,
    /// Removes labels whose names match.
    LabelDrop,
    /// Removes labels whose names do not match.
    LabelKeep,
    /// Sets the target label to the sources in lower case.
    Lowercase,
    /// Sets the target label to the sources in upper case.
    Uppercase,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct RelabelRule {
    /// Labels whose values are joined.
    pub source_labels: Vec<String>,
    /// What joins them.
    pub separator: String,
    /// Matched against the joined values, anchored at both ends.
    pub regex: regex::Regex,
    /// The pattern as it was written.
    pub pattern: String,
    /// For [`RelabelAction::HashMod`].
    pub modulus: u64,
    /// The label that is set; may refer to groups.
    pub target_label: String,
    /// What it is set to; may refer to groups (`$1`, `${name}`).
    pub replacement: String,
    /// What to do.
    pub action: RelabelAction,
}

impl RelabelAction {
    /// As configurations name it.
    pub fn as_str(self) -> &'static str {
        match self {
            RelabelAction::Replace => "replace",
            RelabelAction::Keep => "keep",
            RelabelAction::Drop => "drop",
            RelabelAction::KeepEqual => "keepequal",
            RelabelAction::DropEqual => "dropequal",
            RelabelAction::HashMod => "hashmod",
            RelabelAction::LabelMap => "labelmap",
            RelabelAction::LabelDrop => "labeldrop",
            RelabelAction::LabelKeep => "labelkeep",
            RelabelAction::Lowercase => "lowercase",
            RelabelAction::Uppercase => "uppercase",
        }
    }
}

impl PartialEq for RelabelRule {
    fn eq(&self, other: &Self) -> bool {
        let of = |rule: &Self| (rule.action, rule.modulus, rule.regex.as_str().to_owned());
        let texts =
            |rule: &Self| [rule.separator.clone(), rule.target_label.clone(), rule.replacement.clone()];
        of(self) == of(other) && texts(self) == texts(other) && self.source_labels == other.source_labels
    }
}

impl RelabelRule {
    /// A rule with the defaults of the format: separator `;`, pattern `(.*)`, replacement `$1`.
    pub fn new(action: RelabelAction, pattern: Option<&str>) -> Result<Self, RegexpError> {
        let pattern = pattern.unwrap_or("(.*)");
        Ok(RelabelRule {
            source_labels: Vec::new(),
            separator: ";".to_owned(),
            regex: compile(pattern, Anchors::Both, true)?,
            pattern: pattern.to_owned(),
            modulus: 0,
            target_label: String::new(),
            replacement: "$1".to_owned(),
            action,
        })
    }
}

/// Applies `rules` in order; `None` when one of them drops the label set.
pub fn relabel(labels: &Labels, rules: &[RelabelRule]) -> Option<Labels> {
    if rules.is_empty() {
        return Some(labels.clone());
    }
    let mut builder = LabelsBuilder::from(labels);
    for rule in rules {
        apply(&mut builder, rule)?;
    }
    Some(builder.build())
}

/// The labels after each rule and whether it keeps them, up to the rule that drops them.
pub fn relabel_steps(labels: &Labels, rules: &[RelabelRule]) -> Vec<(Labels, bool)> {
    let mut current = labels.clone();
    let mut steps = Vec::with_capacity(rules.len());
    for rule in rules {
        let mut builder = LabelsBuilder::from(&current);
        let keep = apply(&mut builder, rule).is_some();
        current = builder.build();
        steps.push((current.clone(), keep));
        if !keep {
            break;
        }
    }
    steps
}

fn apply(labels: &mut LabelsBuilder, rule: &RelabelRule) -> Option<()> {
    let values: Vec<&str> = rule.source_labels.iter().map(|name| labels.value(name)).collect();
    let joined = values.join(&rule.separator);
    match rule.action {
        RelabelAction::Keep => rule.regex.is_match(&joined).then_some(())?,
        RelabelAction::Drop => (!rule.regex.is_match(&joined)).then_some(())?,
        RelabelAction::KeepEqual => (labels.value(&rule.target_label) == joined).then_some(())?,
        RelabelAction::DropEqual => (labels.value(&rule.target_label) != joined).then_some(())?,
        RelabelAction::Replace => replace(labels, rule, &joined),
        RelabelAction::HashMod => {
            let digest = md5_tail(&joined);
            labels.set(&rule.target_label, &(digest % rule.modulus.max(1)).to_string());
        }
        RelabelAction::Lowercase => {
            labels.set(&rule.target_label, &joined.to_lowercase());
        }
        RelabelAction::Uppercase => {
            labels.set(&rule.target_label, &joined.to_uppercase());
        }
        RelabelAction::LabelMap => {
            let mapped: Vec<(String, String)> = labels
                .iter()
                .filter_map(|(name, value)| {
                    Some((expand(&rule.regex, name, &rule.replacement)?, value.to_owned()))
                })
                .collect();
            labels.set_all(mapped);
        }
        RelabelAction::LabelDrop => labels.retain(|name| !rule.regex.is_match(name)),
        RelabelAction::LabelKeep => labels.retain(|name| rule.regex.is_match(name)),
    }
    Some(())
}

fn replace(labels: &mut LabelsBuilder, rule: &RelabelRule, joined: &str) {
    let Some(target) = expand(&rule.regex, joined, &rule.target_label) else { return };
    let Some(value) = expand(&rule.regex, joined, &rule.replacement) else { return };
    if !target.is_empty() {
        labels.set(&target, &value);
    }
}

/// The template with the groups of the match filled in; `None` without a match.
fn expand(regex: &regex::Regex, text: &str, template: &str) -> Option<String> {
    let captures = regex.captures(text)?;
    if !template.contains('$') {
        return Some(template.to_owned());
    }
    let mut out = String::new();
    captures.expand(template, &mut out);
    Some(out)
}

/// The last eight bytes of the MD5 digest, big endian: what `hashmod` is defined by.
fn md5_tail(text: &str) -> u64 {
    let digest = crate::relabel::md5::digest(text.as_bytes());
    u64::from_be_bytes([
        digest[8], digest[9], digest[10], digest[11], digest[12], digest[13], digest[14], digest[15],
    ])
}

mod md5 {
    //! MD5 (RFC 1321), only because `hashmod` is defined by it. Not for security.

    const SHIFTS: [u32; 16] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

    /// The digest of `bytes`.
    pub(super) fn digest(bytes: &[u8]) -> [u8; 16] {
        let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
        let mut padded = bytes.to_vec();
        padded.push(0x80);
        while padded.len() % 64 != 56 {
            padded.push(0);
        }
        padded.extend_from_slice(&(bytes.len() as u64 * 8).to_le_bytes());
        padded.chunks_exact(64).for_each(|block| round(&mut state, block));
        let mut out = [0; 16];
        for (slot, word) in out.chunks_exact_mut(4).zip(state) {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        out
    }

    fn round(state: &mut [u32; 4], block: &[u8]) {
        let word = |i: usize| {
            u32::from_le_bytes([block[4 * i], block[4 * i + 1], block[4 * i + 2], block[4 * i + 3]])
        };
        let [mut a, mut b, mut c, mut d] = *state;
        for i in 0..64 {
            let (f, g) = match i / 16 {
                0 => ((b & c) | (!b & d), i),
                1 => ((d & b) | (!d & c), (5 * i + 1) % 16),
                2 => (b ^ c ^ d, (3 * i + 5) % 16),
                _ => (c ^ (b | !d), (7 * i) % 16),
            };
            // RFC 1321: the constants are floor(2^32 * |sin(i + 1)|).
            let constant = (f64::from(i as u32 + 1).sin().abs() * 4_294_967_296.0) as u32;
            let sum = a.wrapping_add(f).wrapping_add(constant).wrapping_add(word(g));
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(SHIFTS[i / 16 * 4 + i % 4]));
        }
        for (slot, value) in state.iter_mut().zip([a, b, c, d]) {
            *slot = slot.wrapping_add(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(
        action: RelabelAction,
        pattern: Option<&str>,
        sources: &[&str],
        target: &str,
        replacement: &str,
    ) -> RelabelRule {
        let mut rule = RelabelRule::new(action, pattern).unwrap();
        rule.source_labels = sources.iter().map(|s| (*s).to_owned()).collect();
        rule.target_label = target.to_owned();
        if !replacement.is_empty() {
            rule.replacement = replacement.to_owned();
        }
        rule
    }

    fn check(rules: &[RelabelRule], expected: Option<&str>) {
        let labels = Labels::from_pairs([("a", "foo"), ("b", "bar"), ("__meta_x", "y")]);
        assert_eq!(relabel(&labels, rules).map(|l| l.to_string()).as_deref(), expected);
    }

    #[test]
    fn each_action_does_what_the_format_says() {
        use RelabelAction::*;
        check(
            &[rule(Replace, Some("(f)oo"), &["a"], "c", "x${1}y")],
            Some(r#"{__meta_x="y", a="foo", b="bar", c="xfy"}"#),
        );
        check(&[rule(Replace, Some("no"), &["a"], "c", "z")], Some(r#"{__meta_x="y", a="foo", b="bar"}"#));
        check(
            &[rule(Keep, Some("foo;bar"), &["a", "b"], "", "")],
            Some(r#"{__meta_x="y", a="foo", b="bar"}"#),
        );
        check(&[rule(Drop, Some("fo."), &["a"], "", "")], None);
        check(&[rule(KeepEqual, None, &["a"], "b", "")], None);
        check(
            &[rule(LabelMap, Some("__meta_(.+)"), &[], "", "")],
            Some(r#"{__meta_x="y", a="foo", b="bar", x="y"}"#),
        );
        check(&[rule(LabelDrop, Some("__.*"), &[], "", "")], Some(r#"{a="foo", b="bar"}"#));
        check(&[rule(LabelKeep, Some("a"), &[], "", "")], Some(r#"{a="foo"}"#));
        check(&[rule(Uppercase, None, &["a"], "a", "")], Some(r#"{__meta_x="y", a="FOO", b="bar"}"#));
        let mut hash = rule(HashMod, None, &["a"], "h", "");
        hash.modulus = 1000;
        check(&[hash], Some(r#"{__meta_x="y", a="foo", b="bar", h="696"}"#));
    }

    #[test]
    fn md5_is_rfc_1321() {
        let hex = |b: &[u8]| md5::digest(b).iter().map(|x| format!("{x:02x}")).collect::<String>();
        assert_eq!(hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex(b"message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
        for length in 50..70 {
            assert_eq!(md5::digest(&vec![b'a'; length]).len(), 16);
        }
        assert_eq!(hex(&[b'a'; 64]), "014842d480b571495a4a0363793f7367");
    }
}
