//! Variable-length integers (LEB128: seven bits a byte, low bits first, the high bit says "more follows"), signed ones
//! by zigzag (0, -1, 1, -2 ... become 0, 1, 2, 3 ...), and the reader that walks any format made of them.
//! ```text
//! 300 = 0b10_0101100  ->  1_0101100  0_0000010
//! ```
//! Invariant: a [`Reader`] never reads past its slice and never allocates.

use crate::CodecError;

/// Bytes of the longest varint: ceil(64 / 7).
pub const MAX_VARINT_BYTES: usize = 10;

/// Appends `value`.
#[inline]
pub fn put_u64(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends `value` by zigzag.
#[inline]
pub fn put_i64(out: &mut Vec<u8>, value: i64) {
    put_u64(out, zigzag(value));
}

/// Appends the length of `bytes` and then `bytes`.
pub fn put_len_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_u64(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends the length of `text` in bytes and then `text`.
pub fn put_str(out: &mut Vec<u8>, text: &str) {
    put_len_bytes(out, text.as_bytes());
}

/// Small magnitudes of either sign become small unsigned numbers.
#[inline]
pub fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// The inverse of [`zigzag`].
#[inline]
pub fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Walks a slice from its start.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, at: 0 }
    }

    /// Bytes read so far.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Bytes not yet read.
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Whether everything was read.
    pub fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// An error that says `what` is wrong here.
    pub fn invalid(&self, what: &'static str) -> CodecError {
        CodecError::Invalid { offset: self.at, what }
    }

    /// One byte.
    #[inline]
    pub fn u8(&mut self) -> Result<u8, CodecError> {
        let byte = *self.bytes.get(self.at).ok_or(CodecError::Truncated { offset: self.at })?;
        self.at += 1;
        Ok(byte)
    }

    /// A varint. Ten bytes at most; bits beyond 64 are an error.
    #[inline]
    pub fn u64(&mut self) -> Result<u64, CodecError> {
        let first = self.u8()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        self.u64_rest(first)
    }

    fn u64_rest(&mut self, first: u8) -> Result<u64, CodecError> {
        let mut value = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.u8()?;
            if shift == 63 && byte > 1 {
                return Err(self.invalid("a varint of more than 64 bits"));
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.invalid("a varint of more than 64 bits"))
    }

    /// A zigzag varint.
    #[inline]
    pub fn i64(&mut self) -> Result<i64, CodecError> {
        Ok(unzigzag(self.u64()?))
    }

    /// A varint that must fit 32 bits.
    #[inline]
    pub fn u32(&mut self) -> Result<u32, CodecError> {
        u32::try_from(self.u64()?).map_err(|_| self.invalid("a number of more than 32 bits"))
    }

    /// A varint that counts things of at least one byte each that follow: no more than there are bytes left, so that
    /// hostile counts allocate nothing.
    #[inline]
    pub fn count(&mut self) -> Result<usize, CodecError> {
        let count = self.u64()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.remaining() => Ok(count),
            _ => Err(self.invalid("a count larger than what follows")),
        }
    }

    /// The next `count` bytes.
    #[inline]
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(CodecError::Truncated { offset: self.bytes.len() })?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    /// Everything not yet read.
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        self.at = self.bytes.len();
        rest
    }

    /// Bytes behind their length.
    pub fn len_bytes(&mut self) -> Result<&'a [u8], CodecError> {
        let count = self.count()?;
        self.take(count)
    }

    /// UTF-8 behind its length in bytes.
    pub fn str(&mut self) -> Result<&'a str, CodecError> {
        let bytes = self.len_bytes()?;
        std::str::from_utf8(bytes).map_err(|_| self.invalid("text that is not UTF-8"))
    }

    /// Four bytes, little-endian.
    #[inline]
    pub fn fixed_u32(&mut self) -> Result<u32, CodecError> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes(bytes.try_into().expect("took four")))
    }

    /// Eight bytes, little-endian.
    #[inline]
    pub fn fixed_u64(&mut self) -> Result<u64, CodecError> {
        let bytes = self.take(8)?;
        Ok(u64::from_le_bytes(bytes.try_into().expect("took eight")))
    }

    /// The bits of a float, little-endian.
    #[inline]
    pub fn f64(&mut self) -> Result<f64, CodecError> {
        Ok(f64::from_bits(self.fixed_u64()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_and_texts_come_back(u in any::<u64>(), i in any::<i64>(), shift in 0u32..64, s in ".{0,20}", f in any::<u64>()) {
            let mut out = Vec::new();
            put_u64(&mut out, u >> shift);
            put_i64(&mut out, i >> shift);
            put_str(&mut out, &s);
            out.extend_from_slice(&f.to_le_bytes());
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.u64().unwrap(), u >> shift);
            prop_assert_eq!(reader.i64().unwrap(), i >> shift);
            prop_assert_eq!(reader.str().unwrap(), s.as_str());
            prop_assert_eq!(reader.f64().unwrap().to_bits(), f);
            prop_assert!(reader.is_empty());
            for cut in 0..out.len() {
                let mut reader = Reader::new(&out[..cut]);
                let whole = (|| -> Result<(), CodecError> {
                    reader.u64()?;
                    reader.i64()?;
                    reader.str()?;
                    reader.f64().map(|_| ())
                })();
                prop_assert!(whole.is_err());
            }
        }

        #[test]
        fn hostile_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut reader = Reader::new(&bytes);
            while reader.u64().is_ok() {}
            let mut reader = Reader::new(&bytes);
            while reader.str().is_ok() {}
        }
    }

    #[test]
    fn more_than_64_bits_are_refused() {
        assert!(Reader::new(&[0xff; 10]).u64().is_err());
        assert!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]).u64().is_err());
        let mut out = Vec::new();
        put_u64(&mut out, u64::MAX);
        assert_eq!((out.len(), Reader::new(&out).u64().unwrap()), (MAX_VARINT_BYTES, u64::MAX));
    }
}
