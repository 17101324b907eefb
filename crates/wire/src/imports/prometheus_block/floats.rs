//! Chunks of floats.
//! ```text
//! XOR   count 2 | time i, value 64 | difference u, value | then: change of the difference, value
//! XOR2  count 2 | start header 1 | the same, but time and value share their first bits:
//!       0 both go on | 10 value changes | 110 change of 13 bits | 1110 of 20 | 11110 of 64 | 11111 stale
//! ```
//! A start timestamp of XOR2 is told by its distance to the time before; from which sample on, the header says.

use super::Samples;
use super::bits::{Bits, Wrong, XorFloat};
use model::STALE_NAN_BITS;

const SHORT: Wrong = "a chunk shorter than its header";

/// Appends the samples of an XOR chunk.
pub(super) fn xor(bytes: &[u8], out: &mut Samples) -> Result<(), Wrong> {
    let (count, rest) = bytes.split_first_chunk::<2>().ok_or(SHORT)?;
    let mut bits = Bits::new(rest);
    let (mut at, mut step) = (0i64, 0i64);
    let mut value = XorFloat::default();
    for sample in 0..u16::from_be_bytes(*count) {
        match sample {
            0 => {
                at = bits.varint()?;
                value = XorFloat::starting(bits.float()?);
            }
            _ => {
                step = match sample {
                    1 => bits.uvarint()? as i64,
                    _ => step.wrapping_add(change(&mut bits)?),
                };
                at = at.wrapping_add(step);
                value.next(&mut bits)?;
            }
        }
        out.push(at, 0, value.value());
    }
    Ok(())
}

/// The change of the distance between two times.
fn change(bits: &mut Bits<'_>) -> Result<i64, Wrong> {
    match bits.ones(4)? {
        0 => Ok(0),
        1 => bits.signed(14),
        2 => bits.signed(17),
        3 => bits.signed(20),
        _ => Ok(bits.get(64)? as i64),
    }
}

/// Start timestamps, which some chunks carry.
#[derive(Debug, Default)]
pub(super) struct Starts {
    /// Whether the first sample has one.
    first: bool,
    /// From which sample on they are told; 0: never.
    from: u16,
    distance: i64,
    now: i64,
}

impl Starts {
    pub(super) fn of(header: u8) -> Self {
        Starts { first: header & 0x80 != 0, from: u16::from(header & 0x7f), ..Starts::default() }
    }

    /// The start of a sample, whose own bits were read.
    pub(super) fn next(
        &mut self,
        bits: &mut Bits<'_>,
        sample: u16,
        at: i64,
        before: i64,
    ) -> Result<i64, Wrong> {
        if sample == 0 {
            if self.first {
                self.now = at.wrapping_sub(bits.varint()?);
            }
        } else if self.from > 0 && sample >= self.from {
            let told = bits.varbit()?;
            self.distance = if sample == self.from { told } else { self.distance.wrapping_add(told) };
            self.now = before.wrapping_sub(self.distance);
        }
        Ok(self.now)
    }
}

/// The value of an XOR2 chunk; a stale marker leaves what comes next to be compared with the value before it.
#[derive(Debug, Default)]
struct Value {
    base: XorFloat,
    now: f64,
}

impl Value {
    fn first(&mut self, value: f64) {
        self.now = value;
        if value.to_bits() != STALE_NAN_BITS {
            self.base = XorFloat::starting(value);
        }
    }

    fn same(&mut self) {
        self.now = self.base.value();
    }

    fn stale(&mut self) {
        self.now = f64::from_bits(STALE_NAN_BITS);
    }

    /// `0` same, `10` in the window, `110` in another, `111` stale.
    fn told(&mut self, bits: &mut Bits<'_>) -> Result<(), Wrong> {
        match bits.ones(3)? {
            0 => {}
            1 => self.base.same_window(bits)?,
            2 => self.base.other_window(bits)?,
            _ => {
                self.stale();
                return Ok(());
            }
        }
        self.same();
        Ok(())
    }

    /// `0` in the window, `1` in another.
    fn changed(&mut self, bits: &mut Bits<'_>) -> Result<(), Wrong> {
        if bits.bit()? {
            self.base.other_window(bits)?
        } else {
            self.base.same_window(bits)?
        }
        self.same();
        Ok(())
    }
}

/// Appends the samples of an XOR2 chunk.
pub(super) fn xor2(bytes: &[u8], out: &mut Samples) -> Result<(), Wrong> {
    let (count, rest) = bytes.split_first_chunk::<2>().ok_or(SHORT)?;
    let (header, rest) = rest.split_first().ok_or(SHORT)?;
    let (mut bits, mut starts, mut value) = (Bits::new(rest), Starts::of(*header), Value::default());
    let (mut at, mut step) = (0i64, 0i64);
    for sample in 0..u16::from_be_bytes(*count) {
        let before = at;
        match sample {
            0 => {
                at = bits.varint()?;
                value.first(bits.float()?);
            }
            1 => {
                step = bits.uvarint()? as i64;
                at = at.wrapping_add(step);
                value.told(&mut bits)?;
            }
            _ => {
                let control = bits.ones(5)?;
                step = step.wrapping_add(match control {
                    2 => twos_complement(&mut bits, 13)?,
                    3 => twos_complement(&mut bits, 20)?,
                    4 => twos_complement(&mut bits, 64)?,
                    _ => 0,
                });
                at = at.wrapping_add(step);
                match control {
                    0 => value.same(),
                    1 => value.changed(&mut bits)?,
                    5 => value.stale(),
                    _ => value.told(&mut bits)?,
                }
            }
        }
        let start = starts.next(&mut bits, sample, at, before)?;
        out.push(at, start, value.now);
    }
    Ok(())
}

/// Unlike elsewhere the middle is negative here.
fn twos_complement(bits: &mut Bits<'_>, width: u32) -> Result<i64, Wrong> {
    let raw = bits.get(width)?;
    Ok(((raw << (64 - width)) as i64) >> (64 - width))
}
