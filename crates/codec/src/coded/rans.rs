//! Symbols to bytes by how likely they are: range asymmetric numeral systems, 32 bits of state, refilled by 16.
//!
//! The encoder goes from the last symbol to the first and appends words, then its states; so the decoder starts at the end
//! of the bytes and goes towards their start, and needs no lengths. Long columns are coded by two states in turn, because each
//! step waits for the one before it.
//! ```text
//! ... what comes before | word word word ... | state 0: 4 bytes | [state 1: 4 bytes]   <- the decoder starts here
//! ```
//! Source: Duda, "Asymmetric numeral systems" (2013); Giesen, "Interleaved entropy coders" (2014).
//! Invariant: a decoder of whole bytes ends with the states that the encoder began with, else they are refused.

use super::table::{Slots, TOTAL, TOTAL_BITS, Table};
use crate::CodecError;

/// The least a state is between two steps.
const LEAST: u32 = 1 << 16;
/// From so many symbols on there are two states: four bytes more are then below half a percent.
const TWO_LANES: usize = 768;
const MAX_LANES: usize = 2;

fn lanes(count: usize) -> usize {
    if count < TWO_LANES { 1 } else { MAX_LANES }
}

/// Appends the symbols.
pub(super) fn encode(out: &mut Vec<u8>, symbols: &[u8], table: &Table) {
    let lanes = lanes(symbols.len());
    let mut states = [u64::from(LEAST); MAX_LANES];
    for (at, symbol) in symbols.iter().enumerate().rev() {
        let state = &mut states[at % lanes];
        let share = u64::from(table.shares[usize::from(*symbol)]);
        let start = u64::from(table.starts[usize::from(*symbol)]);
        if *state >= share << (32 - TOTAL_BITS) {
            out.extend_from_slice(&(*state as u16).to_le_bytes());
            *state >>= 16;
        }
        *state = ((*state / share) << TOTAL_BITS) + *state % share + start;
    }
    for state in &states[..lanes] {
        out.extend_from_slice(&(*state as u32).to_le_bytes());
    }
}

/// Fills `symbols` from the end of `bytes`, and answers where what it read begins.
pub(super) fn decode(bytes: &[u8], symbols: &mut [u8], slots: &Slots) -> Result<usize, CodecError> {
    match lanes(symbols.len()) {
        1 => decode_lanes::<1>(bytes, symbols, slots),
        _ => decode_lanes::<MAX_LANES>(bytes, symbols, slots),
    }
}

fn decode_lanes<const LANES: usize>(
    bytes: &[u8],
    symbols: &mut [u8],
    slots: &Slots,
) -> Result<usize, CodecError> {
    let truncated = CodecError::Truncated { offset: bytes.len() };
    let mut at = bytes.len().checked_sub(4 * LANES).ok_or(truncated)?;
    let mut states = [0u32; LANES];
    for (state, bytes) in states.iter_mut().zip(bytes[at..].chunks_exact(4)) {
        *state = u32::from_le_bytes(bytes.try_into().expect("four bytes"));
    }
    let mut step = |state: &mut u32, symbol: &mut u8| -> Result<(), CodecError> {
        let slot = slots[(*state & (TOTAL - 1)) as usize];
        *symbol = slot as u8;
        let next = (slot >> 8 & 0xfff).wrapping_mul(*state >> TOTAL_BITS).wrapping_add(slot >> 20);
        // Without a branch on what comes: whether a state is refilled cannot be foreseen.
        let Some(from) = at.checked_sub(2) else { return Err(truncated) };
        let word = u16::from_le_bytes([bytes[from], bytes[from + 1]]);
        let refill = next < LEAST;
        *state = if refill { next << 16 | u32::from(word) } else { next };
        at -= 2 * usize::from(refill);
        Ok(())
    };
    let mut groups = symbols.chunks_exact_mut(LANES);
    for group in &mut groups {
        for lane in 0..LANES {
            step(&mut states[lane], &mut group[lane])?;
        }
    }
    for (lane, symbol) in groups.into_remainder().iter_mut().enumerate() {
        step(&mut states[lane], symbol)?;
    }
    match states.iter().all(|state| *state == LEAST) {
        true => Ok(at),
        false => {
            Err(CodecError::Invalid { offset: at, what: "coded values that do not end where they began" })
        }
    }
}
