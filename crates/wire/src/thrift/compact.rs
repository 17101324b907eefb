//! The compact protocol. A field names its id as the distance from the one before; a bool is its field's type.

use super::{Fields, Input, Thrift, invalid};
use crate::error::WireError;
use crate::proto::zigzag;

/// The first byte of a call.
pub(super) const MESSAGE: u8 = 0x82;

/// Reads a call: its name and arguments.
pub(super) fn call(bytes: &[u8]) -> Result<(&str, Fields<'_>), WireError> {
    let mut compact = Compact(Input::new(bytes));
    compact.0.take(2)?;
    compact.varint()?;
    let name = std::str::from_utf8(compact.bytes()?).map_err(|_| invalid("a name is no UTF-8"))?;
    Ok((name, compact.fields(0)?))
}

struct Compact<'a>(Input<'a>);

impl<'a> Compact<'a> {
    fn varint(&mut self) -> Result<u64, WireError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.0.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(invalid("a number of more than 64 bits"))
    }

    fn bytes(&mut self) -> Result<&'a [u8], WireError> {
        let length = usize::try_from(self.varint()?).map_err(|_| invalid("a length beyond memory"))?;
        self.0.take(length)
    }

    fn fields(&mut self, depth: usize) -> Result<Fields<'a>, WireError> {
        let (mut fields, mut id) = (Vec::new(), 0i16);
        loop {
            let head = self.0.byte()?;
            if head == 0 {
                return Ok(Fields(fields));
            }
            id = match head >> 4 {
                0 => zigzag(self.varint()?) as i16,
                delta => id.wrapping_add(i16::from(delta)),
            };
            let value = match head & 15 {
                kind @ (1 | 2) => {
                    self.0.count(depth)?;
                    Thrift::Bool(kind == 1)
                }
                kind => self.value(kind, depth + 1)?,
            };
            fields.push((id, value));
        }
    }

    fn value(&mut self, kind: u8, depth: usize) -> Result<Thrift<'a>, WireError> {
        self.0.count(depth)?;
        Ok(match kind {
            // In a list a bool is a byte of its own.
            1 | 2 => Thrift::Bool(self.0.byte()? == 1),
            3 => Thrift::Int(i64::from(self.0.byte()?.cast_signed())),
            4..=6 => Thrift::Int(zigzag(self.varint()?)),
            7 => Thrift::Double(f64::from_le_bytes(self.0.array()?)),
            8 => Thrift::Bytes(self.bytes()?),
            9 | 10 => {
                let head = self.0.byte()?;
                let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                let mut list = Vec::new();
                for _ in 0..count {
                    list.push(self.value(head & 15, depth + 1)?);
                }
                Thrift::List(list)
            }
            11 => {
                let count = self.varint()?;
                let kinds = if count == 0 { 0 } else { self.0.byte()? };
                for _ in 0..count {
                    self.value(kinds >> 4, depth + 1)?;
                    self.value(kinds & 15, depth + 1)?;
                }
                Thrift::Map
            }
            12 => Thrift::Struct(self.fields(depth)?),
            _ => return Err(invalid("an unknown type")),
        })
    }
}
