//! JSON Patch (RFC 6902): applied to a value, and made of two values.
//!
//! Invariant: `apply(a, diff(a, b))` is `b`. A patch that fails changes nothing that is kept: its caller drops the value.
//! Source: <https://www.rfc-editor.org/rfc/rfc6902>, pointers: <https://www.rfc-editor.org/rfc/rfc6901>

use serde_json::{Map, Value, json};

/// One by one a patch touches each member of a large dashboard.
const MAX_OPERATIONS: usize = 10_000;
/// Bytes of all copies together, as JSON: copies of copies would double without end.
const MAX_COPIED_BYTES: usize = store::documents::MAX_DOCUMENT_BYTES;

/// Applies the operations in their order; the message says which one failed and why.
pub(in crate::api::grafana) fn apply(target: &mut Value, patch: &Value) -> Result<(), String> {
    let Some(operations) = patch.as_array() else {
        return Err("expected a list of operations".to_owned());
    };
    if operations.len() > MAX_OPERATIONS {
        return Err(format!("{} operations: at most {MAX_OPERATIONS} are taken", operations.len()));
    }
    let mut copied = 0;
    for (at, operation) in operations.iter().enumerate() {
        one(target, operation, &mut copied).map_err(|why| format!("operation {at}: {why}"))?;
    }
    Ok(())
}

fn one(target: &mut Value, operation: &Value, copied: &mut usize) -> Result<(), String> {
    let text = |name: &str| operation[name].as_str().ok_or_else(|| format!("expected a text {name:?}"));
    let value = || operation.get("value").cloned().ok_or_else(|| "expected a \"value\"".to_owned());
    let path = text("path")?;
    match text("op")? {
        "add" => add(target, path, value()?),
        "remove" => remove(target, path).map(drop),
        "replace" => {
            *found(target, path)? = value()?;
            Ok(())
        }
        "move" => {
            let from = text("from")?;
            if path.strip_prefix(from).is_some_and(|rest| rest.starts_with('/')) {
                return Err(format!("{from:?} cannot move into itself"));
            }
            let moved = remove(target, from)?;
            add(target, path, moved)
        }
        "copy" => {
            let copy = found(target, text("from")?)?.clone();
            *copied = copied.saturating_add(copy.to_string().len());
            if *copied > MAX_COPIED_BYTES {
                return Err(format!("copies of more than {MAX_COPIED_BYTES} bytes"));
            }
            add(target, path, copy)
        }
        "test" => {
            let (is, should) = (found(target, path)?, value()?);
            if *is == should { Ok(()) } else { Err(format!("{path:?} is not what was expected")) }
        }
        other => Err(format!("no operation is called {other:?}")),
    }
}

fn found<'a>(target: &'a mut Value, path: &str) -> Result<&'a mut Value, String> {
    target.pointer_mut(path).ok_or_else(|| format!("nothing stands at {path:?}"))
}

/// The container that a path leads into, and the last step.
fn parent<'a>(target: &'a mut Value, path: &str) -> Result<(&'a mut Value, String), String> {
    let (before, last) = path.rsplit_once('/').ok_or_else(|| format!("{path:?} is no path"))?;
    Ok((found(target, before)?, last.replace("~1", "/").replace("~0", "~")))
}

fn add(target: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        *target = value;
        return Ok(());
    }
    match parent(target, path)? {
        (Value::Object(members), name) => drop(members.insert(name, value)),
        (Value::Array(items), step) => {
            let at = if step == "-" { items.len() } else { index(&step)? };
            if at > items.len() {
                return Err(format!("{path:?} is beyond the end"));
            }
            items.insert(at, value);
        }
        _ => return Err(format!("what is around {path:?} holds nothing")),
    }
    Ok(())
}

fn remove(target: &mut Value, path: &str) -> Result<Value, String> {
    let none = || format!("nothing stands at {path:?}");
    if path.is_empty() {
        return Ok(target.take());
    }
    match parent(target, path)? {
        (Value::Object(members), name) => members.remove(&name).ok_or_else(none),
        (Value::Array(items), step) => {
            let at = index(&step)?;
            if at < items.len() { Ok(items.remove(at)) } else { Err(none()) }
        }
        _ => Err(none()),
    }
}

/// Digits without a leading zero.
fn index(step: &str) -> Result<usize, String> {
    let is_plain = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = is_plain && (step == "0" || !step.starts_with('0'));
    let number = if is_plain { step.parse().ok() } else { None };
    number.ok_or_else(|| format!("{step:?} is no place in a list"))
}

/// Operations that make `to` of `from`; those that take something away carry it as `before`.
pub(in crate::api::grafana) fn diff(from: &Value, to: &Value) -> Vec<Value> {
    let mut operations = Vec::new();
    compare("", from, to, &mut operations);
    operations
}

/// As deep as the reader of JSON goes, which is 128 levels.
fn compare(path: &str, from: &Value, to: &Value, out: &mut Vec<Value>) {
    match (from, to) {
        _ if from == to => {}
        (Value::Object(from), Value::Object(to)) => members(path, from, to, out),
        (Value::Array(from), Value::Array(to)) => items(path, from, to, out),
        _ => out.push(json!({ "op": "replace", "path": path, "value": to, "before": from })),
    }
}

fn members(path: &str, from: &Map<String, Value>, to: &Map<String, Value>, out: &mut Vec<Value>) {
    let at = |name: &str| format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
    for (name, before) in from {
        match to.get(name) {
            Some(after) => compare(&at(name), before, after, out),
            None => out.push(json!({ "op": "remove", "path": at(name), "before": before })),
        }
    }
    for (name, after) in to.iter().filter(|(name, _)| !from.contains_key(*name)) {
        out.push(json!({ "op": "add", "path": at(name), "value": after }));
    }
}

/// What is the same at both ends stays; between them items are compared in pairs.
fn items(path: &str, from: &[Value], to: &[Value], out: &mut Vec<Value>) {
    let same = |pair: &(&Value, &Value)| pair.0 == pair.1;
    let start = from.iter().zip(to).take_while(same).count();
    let (from, to) = (&from[start..], &to[start..]);
    let end = from.iter().rev().zip(to.iter().rev()).take_while(same).count();
    let (from, to) = (&from[..from.len() - end], &to[..to.len() - end]);
    for (at, (before, after)) in from.iter().zip(to).enumerate() {
        compare(&format!("{path}/{}", start + at), before, after, out);
    }
    for (at, before) in from.iter().enumerate().skip(to.len()).rev() {
        out.push(json!({ "op": "remove", "path": format!("{path}/{}", start + at), "before": before }));
    }
    for (at, after) in to.iter().enumerate().skip(from.len()) {
        out.push(json!({ "op": "add", "path": format!("{path}/{}", start + at), "value": after }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(before: Value, patch: Value, after: Result<Value, &str>) {
        let mut value = before;
        match (apply(&mut value, &patch), after) {
            (Ok(()), Ok(after)) => assert_eq!(value, after, "{patch}"),
            (Err(said), Err(words)) => assert!(said.contains(words), "{patch}: {said}"),
            (said, after) => panic!("{patch}: {said:?}, not {after:?}"),
        }
    }

    #[test]
    fn each_operation_does_what_the_standard_says() {
        let ok = |before: Value, operation: Value, after: Value| check(before, json!([operation]), Ok(after));
        ok(
            json!({ "a": 1 }),
            json!({ "op": "add", "path": "/b", "value": [2] }),
            json!({ "a": 1, "b": [2] }),
        );
        ok(json!([1, 3]), json!({ "op": "add", "path": "/1", "value": 2 }), json!([1, 2, 3]));
        ok(json!([1]), json!({ "op": "add", "path": "/-", "value": 2 }), json!([1, 2]));
        ok(json!({ "a/b": 1, "c~": 2 }), json!({ "op": "remove", "path": "/a~1b" }), json!({ "c~": 2 }));
        ok(
            json!({ "c~": 2 }),
            json!({ "op": "replace", "path": "/c~0", "value": null }),
            json!({ "c~": null }),
        );
        ok(
            json!({ "a": { "b": 1 } }),
            json!({ "op": "move", "from": "/a/b", "path": "/c" }),
            json!({ "a": {}, "c": 1 }),
        );
        ok(
            json!({ "a": [1] }),
            json!({ "op": "copy", "from": "/a", "path": "/a/0" }),
            json!({ "a": [[1], 1] }),
        );
        ok(json!({ "a": 1 }), json!({ "op": "test", "path": "/a", "value": 1 }), json!({ "a": 1 }));
        ok(json!(1), json!({ "op": "add", "path": "", "value": 2 }), json!(2));
    }

    #[test]
    fn senseless_operations_are_refused_with_words() {
        let no = |operation: Value, words: &str| {
            check(json!({ "a": [1], "b": 2 }), json!([operation]), Err(words))
        };
        no(json!({ "op": "add", "path": "/a/01", "value": 1 }), "no place in a list");
        no(json!({ "op": "add", "path": "/a/9", "value": 1 }), "beyond the end");
        no(json!({ "op": "add", "path": "/x/y", "value": 1 }), "nothing stands at \"/x\"");
        no(json!({ "op": "add", "path": "/b/y", "value": 1 }), "holds nothing");
        no(json!({ "op": "add", "path": "/a" }), "expected a \"value\"");
        no(json!({ "op": "remove", "path": "/a/1" }), "nothing stands");
        no(json!({ "op": "replace", "path": "/c", "value": 1 }), "nothing stands");
        no(json!({ "op": "move", "from": "/a", "path": "/a/0" }), "into itself");
        no(json!({ "op": "test", "path": "/b", "value": 3 }), "not what was expected");
        no(json!({ "op": "turn", "path": "/b" }), "no operation is called");
        no(json!({ "path": "/b" }), "expected a text \"op\"");
        check(json!(1), json!({}), Err("a list"));
        let copies: Vec<Value> =
            (0..17).map(|n| json!({ "op": "copy", "from": "/s", "path": format!("/{n}") })).collect();
        check(json!({ "s": "x".repeat(1 << 20) }), copies.into(), Err("operation 15: copies of more than"));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), (0..3).prop_map(Value::from)];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[ab~/]{0,2}", inner, 0..4)
                    .prop_map(|all| Value::Object(all.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_difference_makes_the_one_of_the_other(from in any_json(), to in any_json()) {
            let mut value = from.clone();
            apply(&mut value, &Value::from(diff(&from, &to))).unwrap();
            prop_assert_eq!(value, to);
        }

        #[test]
        fn no_patch_panics(target in any_json(), patch in any_json(), from in "[/0-9ab~-]{0,6}", path in "[/0-9ab~-]{0,6}", op in 0..6_usize) {
            let _ = apply(&mut target.clone(), &patch);
            let op = ["add", "remove", "replace", "move", "copy", "test"][op];
            let _ = apply(&mut target.clone(), &json!([{ "op": op, "from": from, "path": path, "value": patch }]));
        }
    }
}
