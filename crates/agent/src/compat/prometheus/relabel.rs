//! `relabel_configs`: rules as the file has them, checked, and as the agent runs them.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config>

use crate::relabel::{RelabelAction, RelabelRule};
use serde::{Deserialize, Serialize};

/// One rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct RelabelConfig {
    written: Written,
    /// As it is run.
    pub rule: RelabelRule,
}

/// As it stands in the file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    source_labels: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    separator: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    regex: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modulus: Option<u64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    target_label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement: Option<String>,
    #[serde(default = "replace")]
    action: Option<String>,
}

fn replace() -> Option<String> {
    Some("replace".to_owned())
}

/// `regex:` with nothing behind it is the empty pattern.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Some(Option::<String>::deserialize(deserializer)?.unwrap_or_default()))
}

impl TryFrom<Written> for RelabelConfig {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let rule = written.rule()?;
        Ok(RelabelConfig { written, rule })
    }
}

impl From<RelabelConfig> for Written {
    fn from(config: RelabelConfig) -> Written {
        config.written
    }
}

impl RelabelConfig {
    /// What a server of the old alphabet of names would refuse.
    pub(super) fn is_legacy(&self) -> bool {
        let target = &self.written.target_label;
        target.is_empty() || target.contains('$') || super::text::is_legacy_name(target)
    }
}

impl Written {
    fn rule(&self) -> Result<RelabelRule, String> {
        use RelabelAction::*;
        let Some(name) = &self.action else {
            return Err("relabel action cannot be empty".to_owned());
        };
        let action = match name.to_lowercase().as_str() {
            "replace" => Replace,
            "keep" => Keep,
            "drop" => Drop,
            "keepequal" => KeepEqual,
            "dropequal" => DropEqual,
            "hashmod" => HashMod,
            "labelmap" => LabelMap,
            "labeldrop" => LabelDrop,
            "labelkeep" => LabelKeep,
            "lowercase" => Lowercase,
            "uppercase" => Uppercase,
            _ => return Err(format!("unknown relabel action {name:?}")),
        };
        let needs_target =
            matches!(action, Replace | KeepEqual | DropEqual | HashMod | Lowercase | Uppercase);
        if needs_target && self.target_label.is_empty() {
            return Err(format!("relabel configuration for {name} action requires 'target_label' value"));
        }
        if action == HashMod && self.modulus.unwrap_or(0) == 0 {
            return Err("relabel configuration for hashmod requires non-zero modulus".to_owned());
        }
        self.only_what_it_uses(action, name)?;
        let mut rule = RelabelRule::new(action, self.regex.as_deref()).map_err(|error| error.to_string())?;
        rule.source_labels.clone_from(&self.source_labels);
        rule.modulus = self.modulus.unwrap_or(0);
        rule.target_label.clone_from(&self.target_label);
        if let Some(separator) = &self.separator {
            rule.separator.clone_from(separator);
        }
        if let Some(replacement) = &self.replacement {
            rule.replacement.clone_from(replacement);
        }
        Ok(rule)
    }

    /// Keys that an action does not look at are a mistake.
    fn only_what_it_uses(&self, action: RelabelAction, name: &str) -> Result<(), String> {
        use RelabelAction::*;
        let default =
            |given: &Option<String>, default: &str| given.as_ref().is_none_or(|text| text == default);
        let (regex, replacement) = (default(&self.regex, "(.*)"), default(&self.replacement, "$1"));
        let (modulus, separator) = (self.modulus.unwrap_or(0) == 0, default(&self.separator, ";"));
        if matches!(action, Lowercase | Uppercase) && !replacement {
            return Err(format!("'replacement' can not be set for {name} action"));
        }
        if matches!(action, KeepEqual | DropEqual) && !(regex && modulus && separator && replacement) {
            return Err(format!(
                "{name} action requires only 'source_labels' and `target_label`, and no other fields"
            ));
        }
        let sources = self.source_labels.is_empty() && self.target_label.is_empty();
        if matches!(action, LabelDrop | LabelKeep) && !(sources && modulus && separator && replacement) {
            return Err(format!("{name} action requires only 'regex', and no other fields"));
        }
        Ok(())
    }
}
