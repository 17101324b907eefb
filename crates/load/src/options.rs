//! Options: five layers (defaults, config file, script, `K6_*` environment, flags) merged into one [`Settings`].
//!
//! A [`Layer`] holds what one source said, checked and normalised key by key against one table ([`keys::KEYS`]) from which
//! flags and environment names also come. A layer that sets any of duration, iterations, stages or scenarios clears all
//! four of the layers below. Invariant: a value in a layer has the shape its key's kind asks for.

pub(crate) mod duration;
pub(crate) mod keys;
pub(crate) mod scenario;
pub(crate) mod settings;

use keys::{KEYS, Key};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub(crate) use settings::Settings;

/// What one source of options says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layer(BTreeMap<&'static str, Value>);

/// The four ways to say how long and how much.
const EXECUTION: [&str; 4] = ["duration", "iterations", "stages", "scenarios"];

impl Layer {
    /// Reads a JSON object (a script's `options`, a config file). Returns the layer and the keys that nobody knows.
    pub(crate) fn from_json(object: &Map<String, Value>) -> Result<(Self, Vec<String>), String> {
        let mut layer = Layer::default();
        let mut unknown = Vec::new();
        for (name, value) in object {
            match KEYS.iter().find(|k| k.json == name) {
                Some(_) if value.is_null() => {}
                Some(key) => layer.set(key, value)?,
                None => unknown.push(name.clone()),
            }
        }
        Ok((layer, unknown))
    }

    /// Reads the `K6_*` variables among `env`.
    pub(crate) fn from_env(env: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut layer = Layer::default();
        for key in KEYS {
            if let Some(text) = env.get(key.env).filter(|t| !key.env.is_empty() && !t.is_empty()) {
                layer.set_text(key, text).map_err(|e| format!("{}: {e}", key.env))?;
            }
        }
        Ok(layer)
    }

    /// Sets a key from JSON.
    pub(crate) fn set(&mut self, key: &'static Key, value: &Value) -> Result<(), String> {
        let value = key.kind.normalise(value).map_err(|e| format!("{}: {e}", key.json))?;
        self.0.insert(key.json, value);
        Ok(())
    }

    /// Sets a key from the text of a flag or variable. Lists given twice grow.
    pub(crate) fn set_text(&mut self, key: &'static Key, text: &str) -> Result<(), String> {
        let value = key.kind.read_text(text)?;
        let value = key.kind.normalise(&value)?;
        match (self.0.get_mut(key.json), value) {
            (Some(Value::Array(list)), Value::Array(more)) => list.extend(more),
            (Some(Value::Object(map)), Value::Object(more)) => map.extend(more),
            (_, value) => {
                self.0.insert(key.json, value);
            }
        }
        Ok(())
    }

    /// What this layer says with `higher` laid over it.
    pub(crate) fn under(mut self, higher: Layer) -> Layer {
        if EXECUTION.iter().any(|k| higher.0.contains_key(k)) {
            EXECUTION.iter().for_each(|k| drop(self.0.remove(k)));
        }
        self.0.extend(higher.0);
        self
    }

    /// Whether any of the four ways to say how much is set.
    pub(crate) fn says_how_much(&self) -> bool {
        EXECUTION.iter().any(|k| self.0.contains_key(k))
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Replaces how much with the scenarios that were made of it.
    pub(crate) fn settle(&mut self, scenarios: Value) {
        for key in ["vus", "duration", "iterations", "stages"] {
            self.0.remove(key);
        }
        self.0.insert("scenarios", scenarios);
    }

    /// All options as one JSON object: those that are not set are null, except the ways to say how much.
    pub(crate) fn to_json(&self) -> Value {
        let mut out = Map::new();
        for key in KEYS.iter().filter(|k| !k.json.is_empty()) {
            match self.0.get(key.json) {
                Some(value) => drop(out.insert(key.json.to_owned(), value.clone())),
                None if EXECUTION.contains(&key.json) || key.json == "vus" => {}
                None => drop(out.insert(key.json.to_owned(), Value::Null)),
            }
        }
        Value::Object(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn layer(value: Value) -> Layer {
        Layer::from_json(value.as_object().unwrap()).unwrap().0
    }

    #[test]
    fn how_much_is_one_thing_over_all_layers() {
        let script = layer(json!({"iterations": 5, "vus": 2, "userAgent": "x"}));
        let merged = script.clone().under(layer(json!({"duration": "1s"})));
        assert_eq!(merged.get("iterations"), None);
        assert_eq!(merged.get("duration"), Some(&json!("1s")));
        assert_eq!((merged.get("vus"), merged.get("userAgent")), (Some(&json!(2)), Some(&json!("x"))));
        assert_eq!(script.under(layer(json!({"vus": 7}))).get("iterations"), Some(&json!(5)));
    }

    #[test]
    fn values_are_checked_and_normalised() {
        assert_eq!(layer(json!({"vus": "2"})).get("vus"), Some(&json!(2)));
        assert_eq!(layer(json!({"duration": 1200})).get("duration"), Some(&json!("1.2s")));
        for bad in
            [json!({"vus": "many"}), json!({"duration": "soon"}), json!({"thresholds": {"m": "count>1"}})]
        {
            assert!(Layer::from_json(bad.as_object().unwrap()).is_err(), "{bad}");
        }
        let (_, unknown) = Layer::from_json(json!({"maxVisitors": 5}).as_object().unwrap()).unwrap();
        assert_eq!(unknown, ["maxVisitors"]);
    }

    #[test]
    fn texts_of_flags_grow_lists() {
        let mut flags = Layer::default();
        let key = |json: &str| KEYS.iter().find(|k| k.json == json).unwrap();
        flags.set_text(key("stages"), "1s:2").unwrap();
        flags.set_text(key("stages"), "500ms:0").unwrap();
        flags.set_text(key("tags"), "a=b").unwrap();
        assert_eq!(
            flags.get("stages"),
            Some(&json!([{"duration": "1s", "target": 2}, {"duration": "500ms", "target": 0}]))
        );
        assert_eq!(flags.get("tags"), Some(&json!({"a": "b"})));
        assert!(flags.set_text(key("vus"), "many").is_err());
    }
}
