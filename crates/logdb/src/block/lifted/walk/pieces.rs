//! Lines that are stepped over by their ends, and pieces of the remainder as they are looked at.
//!
//! For `read/steps.rs`, which tells lines apart by their pieces: marks are found where a line is asked for, not to pass it.
//! Invariant: a walk steps over all of its lines, or passes all of them; what a mark stands for is read in the order of lines.

use super::*;

/// A piece of the remainder as text, with a digit for each that varies.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    pub(crate) text: Vec<u8>,
    pub(crate) digits: Vec<Digits>,
    /// Where each byte of the text, and its end, is in the piece; [`INSIDE`] of what a mark stands for.
    places: Vec<usize>,
}

const INSIDE: usize = usize::MAX;

/// Of a line with more marks all are read at once: to read one by itself is to count past those before it.
const FEW_MARKS: usize = 32;

impl Sample {
    pub(crate) fn heap_bytes(&self) -> usize {
        self.text.capacity()
            + self.digits.capacity() * size_of::<Digits>()
            + self.places.capacity() * size_of::<usize>()
    }

    /// Reads a piece of a remainder whose lines have ends; `None` when there is damage, or a byte that would be taken for a mark.
    pub(crate) fn read(&mut self, piece: &[u8]) -> Option<()> {
        let Sample { text, digits, places } = self;
        text.clear();
        digits.clear();
        places.clear();
        let mut at = 0;
        while at < piece.len() {
            if !(NUMBER..=END).contains(&piece[at]) {
                text.push(piece[at]);
                places.push(at);
                at += 1;
                continue;
            }
            let (mark, operand, end) = mark_at(piece, at, true)?;
            let start = text.len();
            match mark {
                NUMBER => text.push(b'0'),
                PADDED => text.resize(start + usize::from(operand).max(1), b'0'),
                HEX => text.resize(start + usize::from(operand), b'0'),
                UUID => {
                    let groups = UUID_GROUPS.map(|count| "0".repeat(count));
                    text.extend_from_slice(groups.join("-").as_bytes());
                }
                TIME => {
                    let mut time = [0; SCRATCH];
                    let length = put_time(&mut time, 0, operand, 0)?;
                    text.extend_from_slice(&time[..length]);
                }
                _ => return None,
            }
            each_digits(mark, text.len() - start, |from, count, hex, fixed| {
                digits.push(Digits { place: start + from..start + from + count, hex, fixed });
            });
            places.push(at);
            places.resize(text.len(), INSIDE);
            at = end;
        }
        places.push(at);
        Some(())
    }

    /// Where a part of the text is in the piece; `None`: it begins or ends inside of what a mark stands for, or is no part.
    pub(crate) fn place_of(&self, part: &Range<usize>) -> Option<Range<usize>> {
        let place = |at: usize| self.places.get(at).copied().filter(|place| *place != INSIDE);
        let (start, end) = (place(part.start)?, place(part.end)?);
        (start <= end).then_some(start..end)
    }
}

/// Whether a piece has marks.
pub(crate) fn has_marks(piece: &[u8]) -> bool {
    piece.iter().any(|byte| (NUMBER..=END).contains(byte))
}

impl Walk<'_> {
    /// Steps over a line, where lines have ends, and tells which bytes of the remainder are its own.
    pub(crate) fn step(&mut self, length: usize) -> Result<Range<usize>, CodecError> {
        self.pass();
        let from = self.at;
        let end = self.unpacked.get(from..).and_then(|rest| memchr::memchr(END, rest)).ok_or(DAMAGE)?;
        self.at = from + end + 1;
        self.line = Passed { length, kind: None, read: true };
        Ok(from..from + end)
    }

    /// Finds the marks of the line that was stepped over last, and passes those of the lines before.
    pub(crate) fn look(&mut self, line: &Range<usize>) -> Result<(), CodecError> {
        while self.looked < line.start {
            let rest = &self.unpacked[self.looked..line.start];
            let end = self.looked + memchr::memchr(END, rest).ok_or(DAMAGE)?;
            self.find_marks(&(self.looked..end)).ok_or(DAMAGE)?;
            skip(&self.alone, 1, &mut self.digit, &mut self.columns);
            self.looked = end + 1;
        }
        if self.looked == line.start {
            self.find_marks(line).ok_or(DAMAGE)?;
            self.line.read = false;
            self.looked = line.end + 1;
        }
        Ok(())
    }

    /// Writes a part of the line, which begins and ends outside of marks. To be asked after [`Walk::look`].
    pub(crate) fn put_part(
        &mut self,
        line: &Range<usize>,
        part: &Range<usize>,
        time: i64,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        if self.alone.len() > FEW_MARKS {
            self.read(line)?;
        }
        let first = self.alone.partition_point(|mark| line.start + (mark.at as usize) < part.start);
        let mut at = part.start;
        for place in first..self.alone.len() {
            let mark = self.alone[place].place(line.start);
            if mark.start >= part.end {
                break;
            }
            out.extend_from_slice(&self.unpacked[at..mark.start]);
            let lifted = self.lifted_at(line, place).ok_or(DAMAGE)?;
            self.put_lifted(&lifted, time, out)?;
            at = mark.end;
        }
        out.extend_from_slice(self.unpacked.get(at..part.end).ok_or(DAMAGE)?);
        Ok(())
    }
}
