//! Bits from the high end of each byte on, and the numbers that chunks write with them.

/// What a chunk that ends too early, or says what cannot be, is told by.
pub(super) type Wrong = &'static str;

const ENDS: Wrong = "a chunk that ends before its samples do";

/// Walks the bits of a chunk.
#[derive(Debug, Clone)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// In bits from the start.
    at: usize,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Bits { bytes, at: 0 }
    }

    /// Bits that are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() * 8 - self.at
    }

    /// The next `width` bits, 0 to 64.
    #[inline]
    pub(super) fn get(&mut self, width: u32) -> Result<u64, Wrong> {
        if width as usize > self.left() {
            return Err(ENDS);
        }
        if width == 0 {
            return Ok(0);
        }
        let (byte, bit) = (self.at / 8, (self.at % 8) as u32);
        let mut word = [0u8; 16];
        let end = (byte + 9).min(self.bytes.len());
        word[..end - byte].copy_from_slice(&self.bytes[byte..end]);
        self.at += width as usize;
        let shifted = u128::from_be_bytes(word) << bit;
        Ok((shifted >> (128 - width)) as u64)
    }

    pub(super) fn bit(&mut self) -> Result<bool, Wrong> {
        Ok(self.get(1)? == 1)
    }

    /// How many ones stand before the next zero, or `most`; the zero is taken too.
    pub(super) fn ones(&mut self, most: u32) -> Result<u32, Wrong> {
        for count in 0..most {
            if !self.bit()? {
                return Ok(count);
            }
        }
        Ok(most)
    }

    /// A number of `width` bits of which the upper half is negative; the middle itself is positive.
    pub(super) fn signed(&mut self, width: u32) -> Result<i64, Wrong> {
        let bits = self.get(width)?;
        if width < 64 && bits > 1 << (width - 1) {
            return Ok(bits.wrapping_sub(1 << width) as i64);
        }
        Ok(bits as i64)
    }

    /// A varint of seven bits a byte.
    pub(super) fn uvarint(&mut self) -> Result<u64, Wrong> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.get(8)?;
            value |= (byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("a varint of more than 64 bits")
    }

    /// A varint by zigzag.
    pub(super) fn varint(&mut self) -> Result<i64, Wrong> {
        Ok(codec::varint::unzigzag(self.uvarint()?))
    }

    /// An integer of as many bits as ones before a zero say.
    pub(super) fn varbit(&mut self) -> Result<i64, Wrong> {
        let width = self.varbit_width()?;
        if width == 0 { Ok(0) } else { self.signed(width) }
    }

    /// The same without a sign.
    pub(super) fn varbit_unsigned(&mut self) -> Result<u64, Wrong> {
        let width = self.varbit_width()?;
        self.get(width)
    }

    fn varbit_width(&mut self) -> Result<u32, Wrong> {
        const WIDTHS: [u32; 9] = [0, 3, 6, 9, 12, 18, 25, 56, 64];
        Ok(WIDTHS[self.ones(8)? as usize])
    }

    pub(super) fn float(&mut self) -> Result<f64, Wrong> {
        Ok(f64::from_bits(self.get(64)?))
    }
}

/// A float that is told by its difference to the one before.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct XorFloat {
    pub(super) bits: u64,
    leading: u32,
    trailing: u32,
}

impl XorFloat {
    pub(super) fn starting(value: f64) -> Self {
        XorFloat { bits: value.to_bits(), ..XorFloat::default() }
    }

    pub(super) fn value(&self) -> f64 {
        f64::from_bits(self.bits)
    }

    /// `0` the same, `10` in the window of before, `11` in another one.
    #[inline]
    pub(super) fn next(&mut self, bits: &mut Bits<'_>) -> Result<(), Wrong> {
        match bits.ones(2)? {
            0 => Ok(()),
            1 => self.same_window(bits),
            _ => self.other_window(bits),
        }
    }

    pub(super) fn same_window(&mut self, bits: &mut Bits<'_>) -> Result<(), Wrong> {
        let meaningful = bits.get(64 - self.leading - self.trailing)?;
        self.bits ^= meaningful << self.trailing;
        Ok(())
    }

    pub(super) fn other_window(&mut self, bits: &mut Bits<'_>) -> Result<(), Wrong> {
        let leading = bits.get(5)? as u32;
        // Sixty-four do not fit into six bits: none means all.
        let length = match bits.get(6)? as u32 {
            0 => 64,
            length => length,
        };
        if leading + length > 64 {
            return Err("a float of more than 64 bits");
        }
        self.leading = leading;
        self.trailing = 64 - leading - length;
        self.same_window(bits)
    }
}
