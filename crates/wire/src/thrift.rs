//! Thrift, both protocols, read without a schema into a tree that borrows from the bytes.
//!
//! ```text
//! binary   struct = (type u8, id i16, value)* 0        numbers big-endian, lengths i32
//! compact  struct = (id delta << 4 | type, value)* 0   numbers zigzag varints, doubles little-endian, lengths varints
//! ```
//! Invariant: nothing is allocated for an announced length, only for values that are there; nesting and the number of values
//! are bounded by [`MAX_DEPTH`] and by the length of the bytes.
//! Source: <https://github.com/apache/thrift/tree/master/doc/specs>

mod compact;

use crate::error::WireError;

/// The deepest nesting: a tag of a log of a span of a batch of a call stands seven deep.
pub const MAX_DEPTH: usize = 16;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Thrift<'a> {
    /// `bool`
    Bool(bool),
    /// `byte`, `i16`, `i32`, `i64`
    Int(i64),
    /// `double`
    Double(f64),
    /// `string` and `binary`
    Bytes(&'a [u8]),
    /// `list` and `set`
    List(Vec<Thrift<'a>>),
    /// `map`: nothing that is read here holds one, its content is passed over.
    Map,
    /// `struct`
    Struct(Fields<'a>),
}

/// The fields of a struct.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields<'a>(Vec<(i16, Thrift<'a>)>);

impl<'a> Fields<'a> {
    /// A field, if it is there.
    pub fn get(&self, id: i16) -> Option<&Thrift<'a>> {
        self.0.iter().find(|(known, _)| *known == id).map(|(_, value)| value)
    }

    /// An integer or a bool, 0 when it is missing or something else.
    pub fn int(&self, id: i16) -> i64 {
        match self.get(id) {
            Some(Thrift::Int(int)) => *int,
            Some(Thrift::Bool(flag)) => i64::from(*flag),
            _ => 0,
        }
    }

    /// A double, 0 when it is missing or something else.
    pub fn double(&self, id: i16) -> f64 {
        if let Some(Thrift::Double(double)) = self.get(id) { *double } else { 0.0 }
    }

    /// Bytes, none when they are missing or something else.
    pub fn bytes(&self, id: i16) -> &'a [u8] {
        if let Some(Thrift::Bytes(bytes)) = self.get(id) { bytes } else { &[] }
    }

    /// Text; what is no UTF-8 is replaced.
    pub fn text(&self, id: i16) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.bytes(id))
    }

    /// A struct, if it is there.
    pub fn fields(&self, id: i16) -> Option<&Fields<'a>> {
        if let Some(Thrift::Struct(fields)) = self.get(id) { Some(fields) } else { None }
    }

    /// The structs of a list.
    pub fn structs(&self, id: i16) -> impl Iterator<Item = &Fields<'a>> {
        let list = if let Some(Thrift::List(list)) = self.get(id) { list.as_slice() } else { &[] };
        list.iter().filter_map(|value| if let Thrift::Struct(fields) = value { Some(fields) } else { None })
    }
}

/// Reads a struct of the binary protocol.
pub fn binary_struct(bytes: &[u8]) -> Result<Fields<'_>, WireError> {
    Binary::new(bytes).fields(0)
}

/// Reads a list of structs of the binary protocol.
pub fn binary_list(bytes: &[u8]) -> Result<Vec<Fields<'_>>, WireError> {
    let structs = |value| if let Thrift::Struct(fields) = value { Some(fields) } else { None };
    Ok(Binary::new(bytes).list(0)?.into_iter().filter_map(structs).collect())
}

/// Reads a call of either protocol, told apart by the first byte: its name and arguments.
pub fn call(bytes: &[u8]) -> Result<(&str, Fields<'_>), WireError> {
    match bytes.first() {
        Some(&compact::MESSAGE) => compact::call(bytes),
        _ => Binary::new(bytes).call(),
    }
}

fn end() -> WireError {
    invalid("unexpected end")
}

fn invalid(what: &str) -> WireError {
    WireError::Value(format!("thrift: {what}"))
}

/// What both readers keep: the bytes left, and how many values may still come.
struct Input<'a> {
    rest: &'a [u8],
    values: usize,
}

impl<'a> Input<'a> {
    /// A value takes at least a byte, with its field's header two.
    fn new(bytes: &'a [u8]) -> Self {
        Input { rest: bytes, values: bytes.len() / 2 + 16 }
    }

    fn byte(&mut self) -> Result<u8, WireError> {
        let (byte, rest) = self.rest.split_first().ok_or_else(end)?;
        self.rest = rest;
        Ok(*byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (array, rest) = self.rest.split_first_chunk::<N>().ok_or_else(end)?;
        self.rest = rest;
        Ok(*array)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(end)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn count(&mut self, depth: usize) -> Result<(), WireError> {
        if depth > MAX_DEPTH {
            return Err(WireError::TooDeep { limit: MAX_DEPTH });
        }
        self.values = self.values.checked_sub(1).ok_or_else(|| invalid("more values than bytes"))?;
        Ok(())
    }
}

struct Binary<'a>(Input<'a>);

impl<'a> Binary<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Binary(Input::new(bytes))
    }

    fn call(mut self) -> Result<(&'a str, Fields<'a>), WireError> {
        let head = i32::from_be_bytes(self.0.array()?);
        let name = match usize::try_from(head) {
            // Without a version the length of the name stands first, the kind of message after it.
            Ok(length) => {
                let name = self.0.take(length)?;
                self.0.byte()?;
                name
            }
            Err(_) => self.bytes()?,
        };
        self.0.take(4)?;
        let name = std::str::from_utf8(name).map_err(|_| invalid("a name is no UTF-8"))?;
        Ok((name, self.fields(0)?))
    }

    fn length(&mut self) -> Result<usize, WireError> {
        usize::try_from(i32::from_be_bytes(self.0.array()?)).map_err(|_| invalid("a negative length"))
    }

    fn bytes(&mut self) -> Result<&'a [u8], WireError> {
        let length = self.length()?;
        self.0.take(length)
    }

    fn fields(&mut self, depth: usize) -> Result<Fields<'a>, WireError> {
        let mut fields = Vec::new();
        loop {
            let kind = self.0.byte()?;
            if kind == 0 {
                return Ok(Fields(fields));
            }
            let id = i16::from_be_bytes(self.0.array()?);
            fields.push((id, self.value(kind, depth + 1)?));
        }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Thrift<'a>>, WireError> {
        let kind = self.0.byte()?;
        let mut list = Vec::new();
        for _ in 0..self.length()? {
            list.push(self.value(kind, depth + 1)?);
        }
        Ok(list)
    }

    fn value(&mut self, kind: u8, depth: usize) -> Result<Thrift<'a>, WireError> {
        self.0.count(depth)?;
        Ok(match kind {
            2 => Thrift::Bool(self.0.byte()? != 0),
            3 => Thrift::Int(i64::from(self.0.byte()?.cast_signed())),
            4 => Thrift::Double(f64::from_be_bytes(self.0.array()?)),
            6 => Thrift::Int(i64::from(i16::from_be_bytes(self.0.array()?))),
            8 => Thrift::Int(i64::from(i32::from_be_bytes(self.0.array()?))),
            10 => Thrift::Int(i64::from_be_bytes(self.0.array()?)),
            11 => Thrift::Bytes(self.bytes()?),
            12 => Thrift::Struct(self.fields(depth)?),
            13 => {
                let (key, value) = (self.0.byte()?, self.0.byte()?);
                for _ in 0..self.length()? {
                    self.value(key, depth + 1)?;
                    self.value(value, depth + 1)?;
                }
                Thrift::Map
            }
            14 | 15 => Thrift::List(self.list(depth)?),
            _ => return Err(invalid("an unknown type")),
        })
    }
}

#[cfg(test)]
mod tests;
