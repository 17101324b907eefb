//! Bits, the highest of a byte first, and whole numbers in few of them, as chunks of the replaced system are written.
//! Source: <https://github.com/prometheus/prometheus/blob/main/tsdb/docs/format/chunks.md>

/// Classes of small numbers: how many bits the number has, and how many the prefix of ones and a zero before it.
const CLASSES: [(u32, u32); 7] = [(3, 2), (6, 3), (9, 4), (12, 5), (18, 6), (25, 7), (56, 8)];

/// Appends bits.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits of the last byte that are used; 0 when it is full.
    used: u32,
}

impl BitWriter {
    /// Goes on after whole bytes.
    pub(super) fn after(bytes: Vec<u8>) -> BitWriter {
        BitWriter { bytes, used: 0 }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Appends the lowest `count` bits of `value`; at most 64.
    pub(super) fn put(&mut self, value: u64, count: u32) {
        let mut left = count;
        while left > 0 {
            if self.used == 0 {
                self.bytes.push(0);
            }
            let take = left.min(8 - self.used);
            let part = (value >> (left - take)) & ((1 << take) - 1);
            if let Some(last) = self.bytes.last_mut() {
                *last |= (part << (8 - self.used - take)) as u8;
            }
            self.used = (self.used + take) % 8;
            left -= take;
        }
    }

    pub(super) fn put_float(&mut self, value: f64) {
        self.put(value.to_bits(), 64);
    }

    /// A signed number: a bit for 0, else its class and its lowest bits.
    pub(super) fn put_int(&mut self, value: i64) {
        if value == 0 {
            return self.put(0, 1);
        }
        let class = CLASSES.iter().find(|(bits, _)| fits(value, *bits));
        self.put_class(value.cast_unsigned(), class.copied());
    }

    /// A number that is never negative.
    pub(super) fn put_uint(&mut self, value: u64) {
        if value == 0 {
            return self.put(0, 1);
        }
        let class = CLASSES.iter().find(|(bits, _)| value >> bits == 0);
        self.put_class(value, class.copied());
    }

    fn put_class(&mut self, value: u64, class: Option<(u32, u32)>) {
        match class {
            Some((bits, prefix)) => {
                self.put((1 << prefix) - 2, prefix);
                self.put(value, bits);
            }
            None => {
                self.put(0xff, 8);
                self.put(value, 64);
            }
        }
    }
}

/// Whether a signed number fits `bits` bits. The range is one to the right of two's complement: `-(2^(n-1) - 1)..=2^(n-1)`.
pub(super) fn fits(value: i64, bits: u32) -> bool {
    let half = 1i64 << (bits - 1);
    -half < value && value <= half
}

/// One float after another: what differs from the one before.
#[derive(Debug, Clone, Copy)]
pub(super) struct XorState {
    previous: u64,
    leading: u32,
    trailing: u32,
}

/// No window of bits yet.
const NO_WINDOW: u32 = 255;
/// The most leading zeros that five bits can say.
const MAX_LEADING: u32 = 31;

impl XorState {
    pub(super) fn new(first: f64) -> XorState {
        XorState { previous: first.to_bits(), leading: NO_WINDOW, trailing: 0 }
    }

    /// A bit 0 for the same value; 10 and bits in the window of the one before; or 11, leading zeros (5), how many bits (6, 0 for
    /// 64) and the bits.
    pub(super) fn put(&mut self, bits: &mut BitWriter, value: f64) {
        let xor = value.to_bits() ^ self.previous;
        self.previous = value.to_bits();
        if xor == 0 {
            return bits.put(0, 1);
        }
        let (leading, trailing) = (xor.leading_zeros().min(MAX_LEADING), xor.trailing_zeros());
        if self.leading != NO_WINDOW && leading >= self.leading && trailing >= self.trailing {
            bits.put(0b10, 2);
            return bits.put(xor >> self.trailing, 64 - self.leading - self.trailing);
        }
        (self.leading, self.trailing) = (leading, trailing);
        let meaningful = 64 - leading - trailing;
        bits.put(0b11, 2);
        bits.put(u64::from(leading), 5);
        bits.put(u64::from(meaningful & 63), 6);
        bits.put(xor >> trailing, meaningful);
    }
}
