//! A chunk of floats.
//!
//! ```text
//! count (2 bytes, big-endian) | time (zigzag varint), value (8 bytes) | delta (varint), xor | delta of delta, xor ...
//! delta of delta: 0    10 + 14 bits    110 + 17    1110 + 20    1111 + 64
//! ```
//! Source: <https://github.com/prometheus/prometheus/blob/main/tsdb/docs/format/chunks.md>

use super::bits::{BitWriter, XorState, fits};

/// Bits of a delta of deltas, and its prefix with how many bits that has.
const CLASSES: [(u32, u64, u32); 3] = [(14, 0b10, 2), (17, 0b110, 3), (20, 0b1110, 4)];

/// Encodes at most 65535 samples; as many values as times, at least one.
pub(super) fn encode(times: &[i64], values: &[f64]) -> Vec<u8> {
    let mut head = Vec::new();
    head.extend_from_slice(&(times.len() as u16).to_be_bytes());
    codec::put_i64(&mut head, times[0]);
    head.extend_from_slice(&values[0].to_bits().to_be_bytes());
    let mut xor = XorState::new(values[0]);
    let mut bits = BitWriter::after(head);
    let mut before = 0i64;
    for at in 1..times.len() {
        let delta = times[at].wrapping_sub(times[at - 1]);
        if at == 1 {
            let mut varint = Vec::new();
            codec::put_u64(&mut varint, delta.cast_unsigned());
            varint.iter().for_each(|byte| bits.put(u64::from(*byte), 8));
        } else {
            put_change(&mut bits, delta.wrapping_sub(before));
        }
        before = delta;
        xor.put(&mut bits, values[at]);
    }
    bits.finish()
}

fn put_change(bits: &mut BitWriter, change: i64) {
    if change == 0 {
        return bits.put(0, 1);
    }
    match CLASSES.iter().find(|(width, ..)| fits(change, *width)) {
        Some((width, prefix, length)) => {
            bits.put(*prefix, *length);
            bits.put(change.cast_unsigned(), *width);
        }
        None => {
            bits.put(0b1111, 4);
            bits.put(change.cast_unsigned(), 64);
        }
    }
}
