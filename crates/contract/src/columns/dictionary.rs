//! Values -> codes: each distinct scalar gets one code.

use super::Dictionary;
use model::Value;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Collects the distinct values of one column of one unit.
#[derive(Debug, Default)]
pub struct DictionaryBuilder {
    values: Vec<Value>,
    texts: FxHashMap<Arc<str>, u32>,
    ints: FxHashMap<i64, u32>,
    doubles: FxHashMap<u64, u32>,
    flags: [u32; 2],
}

impl DictionaryBuilder {
    /// The code of a value, from 1 on. Arrays, maps and bytes get one each.
    pub fn code(&mut self, value: &Value) -> u32 {
        let next = self.values.len() as u32 + 1;
        let code = match value {
            Value::Str(text) => match self.texts.get(text) {
                Some(code) => *code,
                None => *self.texts.entry(text.clone()).or_insert(next),
            },
            Value::Int(int) => *self.ints.entry(*int).or_insert(next),
            Value::Double(double) => *self.doubles.entry(double.to_bits()).or_insert(next),
            Value::Bool(flag) => {
                let code = &mut self.flags[usize::from(*flag)];
                if *code == 0 {
                    *code = next;
                }
                *code
            }
            Value::Array(_) | Value::Map(_) | Value::Bytes(_) | Value::Empty => next,
        };
        if code == next {
            self.values.push(value.clone());
        }
        code
    }

    /// What the codes mean.
    pub fn finish(self) -> Dictionary {
        Dictionary::Values(Arc::new(self.values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_code() {
        let mut builder = DictionaryBuilder::default();
        let values: [Value; 7] =
            ["a".into(), 1.into(), Value::Double(1.0), true.into(), "a".into(), 1.into(), false.into()];
        let codes: Vec<u32> = values.iter().map(|value| builder.code(value)).collect();
        assert_eq!(codes, [1, 2, 3, 4, 1, 2, 5]);
        let Dictionary::Values(entries) = builder.finish() else { panic!() };
        codes.iter().zip(&values).for_each(|(code, value)| assert_eq!(entries[*code as usize - 1], *value));
    }
}
