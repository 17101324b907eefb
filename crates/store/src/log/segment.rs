//! The bytes of a log segment: header, frames, seal. Pure functions; `docs/formats/log.md` is the specification.
//!
//! ```text
//! 0    magic "ORIELLOG", version u32, zeros u32, segment u64, previous segment u64, zeros, CRC32C u32 of bytes 0..60
//! 64   frame: length u32, payload CRC32C u32, unsynced u32, header CRC32C u32, payload, zeros up to a multiple of 8
//!      frame ...
//!      seal: a frame header with length 0xffff_ffff: the next segment follows
//!      zeros up to the end of the file
//! ```
//! A header's CRC also covers the segment's number and the frame's offset: a frame is valid only where it was written.
//! `unsynced` tells how many bytes before the frame were not yet known to be on the disk when it was written; so a later
//! frame proves that what stands before it had been synced, and a hole there is damage, not a torn tail.

use codec::{crc32c, crc32c_extend};

/// Bytes of a segment's header.
pub(crate) const HEADER_BYTES: u64 = 64;
/// Bytes of a frame's header.
pub(crate) const FRAME_BYTES: u64 = 16;
/// Frames start at multiples of this.
pub(crate) const ALIGNMENT: u64 = 8;
/// The largest record: the largest request body a door lets in is smaller.
pub const MAX_RECORD_BYTES: usize = 64 << 20;

const MAGIC: &[u8; 8] = b"ORIELLOG";
const VERSION: u32 = 1;
const SEAL: u32 = u32::MAX;

/// What a segment's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// The segment's own number.
    pub(crate) segment: u64,
    /// The number of the segment before; 0 when this is the first of its log.
    pub(crate) previous: u64,
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES as usize] {
        let mut out = [0; HEADER_BYTES as usize];
        out[..8].copy_from_slice(MAGIC);
        out[8..12].copy_from_slice(&VERSION.to_le_bytes());
        out[16..24].copy_from_slice(&self.segment.to_le_bytes());
        out[24..32].copy_from_slice(&self.previous.to_le_bytes());
        let crc = crc32c(&out[..60]);
        out[60..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Header, String> {
        let bytes: &[u8; HEADER_BYTES as usize] =
            bytes.try_into().map_err(|_| "shorter than a segment header".to_owned())?;
        if &bytes[..8] != MAGIC {
            return Err("not a log segment".to_owned());
        }
        if crc32c(&bytes[..60]) != word(bytes, 60) {
            return Err("the checksum of the segment header does not match".to_owned());
        }
        match word(bytes, 8) {
            VERSION => Ok(Header { segment: long(bytes, 16), previous: long(bytes, 24) }),
            other => Err(format!("segment version {other}, this version reads {VERSION}")),
        }
    }
}

/// The header of a record's frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Payload bytes; [`SEAL`] in a seal.
    len: u32,
    /// CRC32C of the payload.
    pub(crate) crc: u32,
    /// Bytes before the frame that were not synced when it was written.
    pub(crate) unsynced: u32,
}

impl Frame {
    /// The frame of `record`.
    pub(crate) fn of(record: &[u8], unsynced: u64) -> Frame {
        let len = u32::try_from(record.len()).expect("submit refuses records over 64 MiB");
        Frame { len, crc: crc32c(record), unsynced: u32::try_from(unsynced).unwrap_or(u32::MAX) }
    }

    /// The end of a segment that another one follows.
    pub(crate) fn seal(unsynced: u64) -> Frame {
        Frame { len: SEAL, crc: 0, unsynced: u32::try_from(unsynced).unwrap_or(u32::MAX) }
    }

    pub(crate) fn is_seal(&self) -> bool {
        self.len == SEAL
    }

    /// Payload bytes.
    pub(crate) fn payload(&self) -> u64 {
        if self.is_seal() { 0 } else { u64::from(self.len) }
    }

    /// Header, payload and padding.
    pub(crate) fn total(&self) -> u64 {
        frame_bytes(self.payload() as usize)
    }

    pub(crate) fn encode(&self, segment: u64, offset: u64) -> [u8; FRAME_BYTES as usize] {
        let mut out = [0; FRAME_BYTES as usize];
        out[..4].copy_from_slice(&self.len.to_le_bytes());
        out[4..8].copy_from_slice(&self.crc.to_le_bytes());
        out[8..12].copy_from_slice(&self.unsynced.to_le_bytes());
        let crc = header_crc(&out[..12], segment, offset);
        out[12..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// `None` when no frame was written at this offset of this segment.
    pub(crate) fn decode(bytes: &[u8; FRAME_BYTES as usize], segment: u64, offset: u64) -> Option<Frame> {
        let frame = Frame { len: word(bytes, 0), crc: word(bytes, 4), unsynced: word(bytes, 8) };
        let plausible = frame.is_seal() || (1..=MAX_RECORD_BYTES as u64).contains(&u64::from(frame.len));
        (plausible && word(bytes, 12) == header_crc(&bytes[..12], segment, offset)).then_some(frame)
    }
}

/// Bytes that a record of `len` bytes takes in a segment.
pub(crate) fn frame_bytes(len: usize) -> u64 {
    (FRAME_BYTES + len as u64).next_multiple_of(ALIGNMENT)
}

/// The name of a segment's file.
pub(crate) fn file_name(segment: u64) -> String {
    format!("{segment:016x}.log")
}

/// The segment that [`file_name`] was made from.
pub(crate) fn parse_file_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".log").filter(|digits| digits.len() == 16)?;
    let hex = digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    hex.then(|| u64::from_str_radix(digits, 16).ok()).flatten()
}

fn header_crc(first: &[u8], segment: u64, offset: u64) -> u32 {
    let mut place = [0; 16];
    place[..8].copy_from_slice(&segment.to_le_bytes());
    place[8..].copy_from_slice(&offset.to_le_bytes());
    crc32c_extend(crc32c(&place), first)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn headers_and_frames_come_back_only_where_they_were_written(
            segment: u64, previous: u64, offset: u64, record in proptest::collection::vec(any::<u8>(), 1..99), unsynced: u32,
        ) {
            let header = Header { segment, previous };
            prop_assert_eq!(Header::decode(&header.encode()), Ok(header));
            for frame in [Frame::of(&record, unsynced.into()), Frame::seal(unsynced.into())] {
                let bytes = frame.encode(segment, offset);
                prop_assert_eq!(Frame::decode(&bytes, segment, offset), Some(frame));
                prop_assert_eq!(Frame::decode(&bytes, segment, offset ^ 8), None);
                prop_assert_eq!(Frame::decode(&bytes, segment ^ 1, offset), None);
            }
            prop_assert_eq!(parse_file_name(&file_name(segment)), Some(segment));
        }

        #[test]
        fn any_bytes_are_a_header_or_an_error(bytes: Vec<u8>, frame: [u8; 16]) {
            let _ = Header::decode(&bytes);
            prop_assert_eq!(Frame::decode(&[0; 16], 1, 64), None);
            let _ = Frame::decode(&frame, 1, 64);
        }
    }

    #[test]
    fn one_flipped_bit_of_a_header_is_found() {
        let bytes = Header { segment: 7, previous: 6 }.encode();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::decode(&flipped).is_err(), "bit {bit}");
        }
    }
}
