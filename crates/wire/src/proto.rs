//! Protocol buffers, read in one pass over a slice and written in one pass into a vector.
//!
//! ```text
//! message = (tag value)*      tag = varint(number << 3 | type)
//! type 0 varint   1 eight bytes   2 length, bytes   5 four bytes
//! ```
//! Invariant: a reader never looks past its slice, never allocates, and always makes progress or fails.
//! Source: <https://protobuf.dev/programming-guides/encoding/>

use crate::error::WireError;

const EOF: WireError = WireError::Protobuf("unexpected EOF");
const WRONG_TYPE: WireError = WireError::Protobuf("proto: wrong wireType for field");
const NOT_UTF8: WireError = WireError::Protobuf("proto: string field contains invalid UTF-8");

/// Reads the fields of one message.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

/// One field of a message.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Its number in the schema.
    pub number: u32,
    wire: Wire<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Wire<'a> {
    Varint(u64),
    Eight([u8; 8]),
    Bytes(&'a [u8]),
    Four([u8; 4]),
}

impl<'a> Reader<'a> {
    /// A reader of one message's bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    /// The next field; `None` at the end of the message.
    pub fn field(&mut self) -> Result<Option<Field<'a>>, WireError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let number = (tag >> 3) as u32;
        if !(1 << 3..1 << 32).contains(&tag) {
            return Err(WireError::Protobuf("proto: illegal tag"));
        }
        let wire = match tag & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Eight(*self.take_array()?),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| EOF)?;
                let Some((bytes, rest)) = self.rest.split_at_checked(length) else { return Err(EOF) };
                self.rest = rest;
                Wire::Bytes(bytes)
            }
            5 => Wire::Four(*self.take_array()?),
            _ => return Err(WireError::Protobuf("proto: illegal wireType")),
        };
        Ok(Some(Field { number, wire }))
    }

    fn take_array<const N: usize>(&mut self) -> Result<&'a [u8; N], WireError> {
        let Some((array, rest)) = self.rest.split_first_chunk() else { return Err(EOF) };
        self.rest = rest;
        Ok(array)
    }

    fn varint(&mut self) -> Result<u64, WireError> {
        // Most tags and lengths are one byte.
        if let [byte, rest @ ..] = self.rest
            && byte & 0x80 == 0
        {
            self.rest = rest;
            return Ok(u64::from(*byte));
        }
        self.long_varint()
    }

    fn long_varint(&mut self) -> Result<u64, WireError> {
        let mut value = 0u64;
        for (i, byte) in self.rest.iter().enumerate().take(10) {
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte & 0x80 == 0 {
                if i == 9 && *byte > 1 {
                    return Err(WireError::Protobuf("proto: integer overflow"));
                }
                self.rest = &self.rest[i + 1..];
                return Ok(value);
            }
        }
        Err(if self.rest.len() < 10 { EOF } else { WireError::Protobuf("proto: integer overflow") })
    }
}

impl<'a> Field<'a> {
    /// The field as bytes or as a message's bytes.
    pub fn bytes(self) -> Result<&'a [u8], WireError> {
        match self.wire {
            Wire::Bytes(bytes) => Ok(bytes),
            _ => Err(WRONG_TYPE),
        }
    }

    /// The field as a message.
    pub fn message(self) -> Result<Reader<'a>, WireError> {
        self.bytes().map(Reader::new)
    }

    /// The field as text.
    pub fn text(self) -> Result<&'a str, WireError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| NOT_UTF8)
    }

    /// The field as `uint64`, `uint32`, `bool` or an enum.
    pub fn uint(self) -> Result<u64, WireError> {
        match self.wire {
            Wire::Varint(value) => Ok(value),
            _ => Err(WRONG_TYPE),
        }
    }

    /// The field as `int64` or `int32`.
    pub fn int(self) -> Result<i64, WireError> {
        self.uint().map(|value| value as i64)
    }

    /// The field as `sint64` or `sint32`.
    pub fn sint(self) -> Result<i64, WireError> {
        self.uint().map(zigzag)
    }

    /// The field as `double`.
    pub fn double(self) -> Result<f64, WireError> {
        self.fixed64().map(f64::from_bits)
    }

    /// The field as `fixed64` or `sfixed64`.
    pub fn fixed64(self) -> Result<u64, WireError> {
        match self.wire {
            Wire::Eight(bytes) => Ok(u64::from_le_bytes(bytes)),
            _ => Err(WRONG_TYPE),
        }
    }

    /// The field as `fixed32`.
    pub fn fixed32(self) -> Result<u32, WireError> {
        match self.wire {
            Wire::Four(bytes) => Ok(u32::from_le_bytes(bytes)),
            _ => Err(WRONG_TYPE),
        }
    }

    /// The values of a repeated varint field, packed or not.
    pub fn each_varint(self, mut each: impl FnMut(u64)) -> Result<(), WireError> {
        match self.wire {
            Wire::Varint(value) => each(value),
            Wire::Bytes(bytes) => {
                let mut packed = Reader::new(bytes);
                while !packed.rest.is_empty() {
                    each(packed.varint()?);
                }
            }
            _ => return Err(WRONG_TYPE),
        }
        Ok(())
    }

    /// The values of a repeated eight-byte field, packed or not.
    pub fn each_fixed64(self, mut each: impl FnMut(u64)) -> Result<(), WireError> {
        match self.wire {
            Wire::Eight(bytes) => each(u64::from_le_bytes(bytes)),
            Wire::Bytes(bytes) => {
                let mut packed = Reader::new(bytes);
                while !packed.rest.is_empty() {
                    each(u64::from_le_bytes(*packed.take_array()?));
                }
            }
            _ => return Err(WRONG_TYPE),
        }
        Ok(())
    }
}

/// Undoes the zigzag coding of signed varints.
pub fn zigzag(value: u64) -> i64 {
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}

/// Writes one message. Fields with their default value are written too: the caller decides what to leave out.
#[derive(Default, Debug, Clone)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// An empty message.
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes written so far.
    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }

    /// Writes a number alone, as packed fields hold them.
    pub fn plain(&mut self, value: u64) {
        self.varint(value);
    }

    fn tag(&mut self, number: u32, wire: u64) {
        self.varint(u64::from(number) << 3 | wire);
    }

    /// Writes a `uint64`, `int64` (as its two's complement), `bool` or enum.
    pub fn uint(&mut self, number: u32, value: u64) {
        self.tag(number, 0);
        self.varint(value);
    }

    /// Writes an `int64`.
    pub fn int(&mut self, number: u32, value: i64) {
        self.uint(number, value as u64);
    }

    /// Writes a `sint64` or `sint32`.
    pub fn sint(&mut self, number: u32, value: i64) {
        self.uint(number, ((value << 1) ^ (value >> 63)) as u64);
    }

    /// Writes a `double`.
    pub fn double(&mut self, number: u32, value: f64) {
        self.fixed64(number, value.to_bits());
    }

    /// Writes a `fixed64`.
    pub fn fixed64(&mut self, number: u32, value: u64) {
        self.tag(number, 1);
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// Writes a `fixed32`.
    pub fn fixed32(&mut self, number: u32, value: u32) {
        self.tag(number, 5);
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    /// Writes bytes or an encoded message.
    pub fn bytes(&mut self, number: u32, value: &[u8]) {
        self.tag(number, 2);
        self.varint(value.len() as u64);
        self.out.extend_from_slice(value);
    }

    /// Writes text.
    pub fn text(&mut self, number: u32, value: &str) {
        self.bytes(number, value.as_bytes());
    }

    /// Writes text unless it is empty.
    pub fn text_if_any(&mut self, number: u32, value: &str) {
        if !value.is_empty() {
            self.text(number, value);
        }
    }

    /// Writes a `uint64` unless it is zero.
    pub fn uint_if_any(&mut self, number: u32, value: u64) {
        if value != 0 {
            self.uint(number, value);
        }
    }

    /// Writes a packed run of doubles unless it is empty.
    pub fn packed_doubles(&mut self, number: u32, values: &[f64]) {
        if values.is_empty() {
            return;
        }
        self.tag(number, 2);
        self.varint(values.len() as u64 * 8);
        for value in values {
            self.out.extend_from_slice(&value.to_bits().to_le_bytes());
        }
    }

    /// Writes a message inside this one.
    pub fn message(&mut self, number: u32, body: impl FnOnce(&mut Writer)) {
        let open = self.open(number);
        body(self);
        self.close(open);
    }

    /// Begins a message inside this one; [`Writer::close`] ends it.
    pub fn open(&mut self, number: u32) -> Open {
        self.tag(number, 2);
        // One byte is kept for the length; only messages of 128 bytes and more are moved to make room.
        self.out.push(0);
        Open(self.out.len())
    }

    /// Ends the message that [`Writer::open`] began.
    pub fn close(&mut self, Open(body): Open) {
        let length = self.out.len() - body;
        if length < 0x80 {
            self.out[body - 1] = length as u8;
        } else {
            let mut prefix = Writer::new();
            prefix.varint(length as u64);
            self.out.splice(body - 1..body, prefix.out);
        }
    }
}

/// A message that was begun and not yet ended: where its body starts.
#[derive(Debug)]
#[must_use = "an open message has no length yet"]
pub struct Open(usize);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read() {
        let mut w = Writer::new();
        w.uint(1, u64::MAX);
        w.sint(2, -3);
        w.double(3, f64::from_bits(0x7ff0_0000_0000_0002));
        w.message(4, |m| m.text(1, &"x".repeat(300)));
        w.fixed32(5, 7);
        w.packed_doubles(6, &[1.0, 2.0]);
        w.int(7, -1);
        let bytes = w.finish();
        let mut r = Reader::new(&bytes);
        let mut next = || r.field().unwrap().unwrap();
        assert_eq!(next().uint().unwrap(), u64::MAX);
        assert_eq!(next().sint().unwrap(), -3);
        assert_eq!(next().double().unwrap().to_bits(), 0x7ff0_0000_0000_0002);
        assert_eq!(next().message().unwrap().field().unwrap().unwrap().text().unwrap().len(), 300);
        assert_eq!(next().fixed32().unwrap(), 7);
        let mut doubles = vec![];
        next().each_fixed64(|bits| doubles.push(f64::from_bits(bits))).unwrap();
        assert_eq!(doubles, [1.0, 2.0]);
        assert_eq!(next().int().unwrap(), -1);
        assert!(r.field().unwrap().is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_end_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader::new(&bytes);
            let mut fields = 0;
            while let Ok(Some(field)) = reader.field() {
                let _ = field.each_varint(|_| ());
                fields += 1;
            }
            prop_assert!(fields <= bytes.len());
        }
    }
}
