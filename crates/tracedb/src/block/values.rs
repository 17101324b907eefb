//! Pages of attribute values of one type, and the types.
//!
//! A column is one key of one scope with one type: `x` as int and `x` as text are two columns. A page holds the column's
//! values for the rows of one granule that have the key, densely, in row order.
//! ```text
//! text   0 codes:ints (into the column's dictionary)   |   1 lengths:ints(length-prefixed) zstd(concatenated text)
//! int    ints of zigzag      double  ints of bits      flag  ints of 0 and 1
//! other  zstd of record-encoded values (arrays, maps, bytes, empty)
//! ```

use super::ints;
use crate::error::DecodeError;
use crate::record::{MAX_VALUE_DEPTH, StringsIn, StringsOut, get_value, put_value};
use codec::varint::{unzigzag, zigzag};
use codec::{Reader, put_len_bytes, put_u64};
use model::Value;
use std::sync::Arc;

/// 1 GiB: no page of a granule comes near; what claims more is damaged.
const MAX_PAGE_BYTES: usize = 1 << 30;

/// The type of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
    Text = 0,
    Int = 1,
    Double = 2,
    Flag = 3,
    Other = 4,
}

impl Kind {
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Str(_) => Kind::Text,
            Value::Int(_) => Kind::Int,
            Value::Double(_) => Kind::Double,
            Value::Bool(_) => Kind::Flag,
            Value::Array(_) | Value::Map(_) | Value::Bytes(_) | Value::Empty => Kind::Other,
        }
    }

    pub(crate) fn from_number(number: u8) -> Result<Self, DecodeError> {
        [Kind::Text, Kind::Int, Kind::Double, Kind::Flag, Kind::Other]
            .get(usize::from(number))
            .copied()
            .ok_or(DecodeError::Invalid("column type"))
    }
}

const CODES: u8 = 0;
const PLAIN: u8 = 1;

/// A decoded page.
#[derive(Debug)]
pub(crate) enum Values {
    /// Codes of the column's dictionary.
    Codes(Vec<u64>),
    /// Text of its own.
    Plain(Vec<Arc<str>>),
    /// Zigzag.
    Ints(Vec<u64>),
    /// Bits.
    Doubles(Vec<u64>),
    /// 0 or 1.
    Flags(Vec<u64>),
    /// Anything else.
    Others(Vec<Value>),
}

/// Appends a page of dictionary codes.
pub(crate) fn encode_codes(out: &mut Vec<u8>, codes: &[u64]) {
    out.push(CODES);
    ints::encode(out, codes);
}

/// Appends a page of text.
pub(crate) fn encode_plain(out: &mut Vec<u8>, texts: &[Arc<str>]) {
    out.push(PLAIN);
    let lengths: Vec<u64> = texts.iter().map(|t| t.len() as u64).collect();
    let mut page = Vec::new();
    ints::encode(&mut page, &lengths);
    put_len_bytes(out, &page);
    let whole: String = texts.iter().map(|t| &**t).collect();
    squeeze(out, whole.as_bytes());
}

/// Appends a page of values of `kind`, which is not text.
pub(crate) fn encode_values(out: &mut Vec<u8>, kind: Kind, values: &[Value]) {
    let numbers = |of: fn(&Value) -> u64| values.iter().map(of).collect::<Vec<u64>>();
    match kind {
        Kind::Other | Kind::Text => {
            let mut bytes = Vec::new();
            let mut strings = StringsOut::default();
            values.iter().for_each(|value| put_value(&mut bytes, &mut strings, value));
            squeeze(out, &bytes);
        }
        Kind::Int => ints::encode(out, &numbers(|v| if let Value::Int(i) = v { zigzag(*i) } else { 0 })),
        Kind::Double => {
            ints::encode(out, &numbers(|v| if let Value::Double(d) = v { d.to_bits() } else { 0 }))
        }
        Kind::Flag => ints::encode(out, &numbers(|v| u64::from(matches!(v, Value::Bool(true))))),
    }
}

/// Appends the length and the zstd frame of `bytes`.
pub(crate) fn squeeze(out: &mut Vec<u8>, bytes: &[u8]) {
    put_u64(out, bytes.len() as u64);
    match ints::zstd_of(bytes) {
        Ok(frame) if frame.len() < bytes.len() => {
            out.push(1);
            out.extend_from_slice(&frame);
        }
        _ => {
            out.push(0);
            out.extend_from_slice(bytes);
        }
    }
}

/// The inverse of [`squeeze`]; takes all that is left.
pub(crate) fn unsqueeze(cursor: &mut Reader<'_>) -> Result<Vec<u8>, DecodeError> {
    let length = usize::try_from(cursor.u64()?).map_err(|_| DecodeError::Invalid("length"))?;
    if length > MAX_PAGE_BYTES {
        return Err(DecodeError::Invalid("length"));
    }
    let packed = cursor.u8()?;
    let rest = cursor.take(cursor.remaining())?;
    let bytes = if packed == 1 { ints::unzstd(rest, length)? } else { rest.to_vec() };
    if bytes.len() == length { Ok(bytes) } else { Err(DecodeError::Invalid("length")) }
}

/// The `count` values of a page; `dictionary` is the column's length of it.
pub(crate) fn decode(
    page: &[u8],
    kind: Kind,
    count: usize,
    dictionary: usize,
) -> Result<Values, DecodeError> {
    Ok(match kind {
        Kind::Int => Values::Ints(ints::decode(page, count)?),
        Kind::Double => Values::Doubles(ints::decode(page, count)?),
        Kind::Flag => Values::Flags(ints::decode(page, count)?),
        Kind::Other => {
            let bytes = unsqueeze(&mut Reader::new(page))?;
            let mut cursor = Reader::new(&bytes);
            let mut strings = StringsIn::default();
            let values = (0..count).map(|_| get_value(&mut cursor, &mut strings, MAX_VALUE_DEPTH));
            Values::Others(values.collect::<Result<_, _>>()?)
        }
        Kind::Text => {
            let mut cursor = Reader::new(page);
            match cursor.u8()? {
                CODES => {
                    let codes = ints::decode(&page[1..], count)?;
                    if codes.iter().any(|code| *code >= dictionary as u64) {
                        return Err(DecodeError::Invalid("dictionary code"));
                    }
                    Values::Codes(codes)
                }
                PLAIN => Values::Plain(decode_plain(&mut cursor, count)?),
                _ => return Err(DecodeError::Invalid("page encoding")),
            }
        }
    })
}

/// Whether a page of text may hold a value; `known` says whether it is in the column's dictionary.
pub(crate) fn may_hold(page: &[u8], text: &str, known: bool) -> Result<bool, DecodeError> {
    let mut cursor = Reader::new(page);
    match cursor.u8()? {
        CODES => Ok(known),
        PLAIN => {
            cursor.len_bytes()?;
            // Texts follow each other: what is not in the whole is none of them.
            let whole = unsqueeze(&mut cursor)?;
            let whole = std::str::from_utf8(&whole).map_err(|_| DecodeError::Invalid("UTF-8"))?;
            Ok(whole.contains(text))
        }
        _ => Err(DecodeError::Invalid("page encoding")),
    }
}

fn decode_plain(cursor: &mut Reader<'_>, count: usize) -> Result<Vec<Arc<str>>, DecodeError> {
    let lengths = ints::decode(cursor.len_bytes()?, count)?;
    let whole = unsqueeze(cursor)?;
    let mut texts = Reader::new(&whole);
    lengths
        .into_iter()
        .map(|length| {
            let length = usize::try_from(length).map_err(|_| DecodeError::Invalid("length"))?;
            let text = std::str::from_utf8(texts.take(length)?);
            text.map(Arc::from).map_err(|_| DecodeError::Invalid("UTF-8"))
        })
        .collect()
}

impl Values {
    pub(crate) fn len(&self) -> usize {
        match self {
            Values::Codes(v) | Values::Ints(v) | Values::Doubles(v) | Values::Flags(v) => v.len(),
            Values::Plain(v) => v.len(),
            Values::Others(v) => v.len(),
        }
    }

    /// The value at `index`, of a column with this dictionary.
    pub(crate) fn get(&self, index: usize, dictionary: &[Arc<str>]) -> Option<Value> {
        Some(match self {
            Values::Codes(codes) => Value::Str(dictionary.get(*codes.get(index)? as usize)?.clone()),
            Values::Plain(texts) => Value::Str(texts.get(index)?.clone()),
            Values::Ints(ints) => Value::Int(unzigzag(*ints.get(index)?)),
            Values::Doubles(bits) => Value::Double(f64::from_bits(*bits.get(index)?)),
            Values::Flags(flags) => Value::Bool(*flags.get(index)? != 0),
            Values::Others(values) => values.get(index)?.clone(),
        })
    }

    /// The text at `index`, "" for other types.
    pub(crate) fn text(&self, index: usize, dictionary: &[Arc<str>]) -> Option<Arc<str>> {
        match self.get(index, dictionary)? {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbitrary;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn values_come_back(attributes in prop::collection::vec(arbitrary::attributes(), 0..20)) {
            let all: Vec<Value> = attributes.into_iter().flatten().map(|(_, value)| value).collect();
            for kind in [Kind::Int, Kind::Double, Kind::Flag, Kind::Other] {
                let values: Vec<Value> = all.iter().filter(|v| Kind::of(v) == kind).cloned().collect();
                let mut page = Vec::new();
                encode_values(&mut page, kind, &values);
                let back = decode(&page, kind, values.len(), 0).unwrap();
                let back: Vec<Value> = (0..back.len()).filter_map(|i| back.get(i, &[])).collect();
                prop_assert_eq!(back, values);
            }
            let texts: Vec<Arc<str>> =
                all.iter().filter_map(|v| if let Value::Str(t) = v { Some(t.clone()) } else { None }).collect();
            let mut page = Vec::new();
            encode_plain(&mut page, &texts);
            let Values::Plain(back) = decode(&page, Kind::Text, texts.len(), 0).unwrap() else { panic!() };
            prop_assert_eq!(back, texts);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, kind in 0u8..5, count in 0usize..100) {
            let _ = decode(&bytes, Kind::from_number(kind).unwrap(), count, 3);
        }
    }
}
