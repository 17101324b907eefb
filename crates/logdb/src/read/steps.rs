//! Lines that are told apart by their pieces: what a piece leads to is found out once, and followed from line to line.
//!
//! Beside `shapes.rs`, for lines of which nearly each is a shape of its own since a few of its parts vary by themselves. The
//! query goes from piece to piece ([`contract::LineSteps`]); where it went is noted by the bytes of the remainder, in which
//! lifted digits are marks. What is kept of a line is a number when no digits are in it. What was found out in one page serves
//! the others of the query ([`Idle`]). Invariant: steps change the cost and nothing else.

use crate::block::lifted::{Sample, Walk, has_marks};
use codec::CodecError;
use contract::{ENDED, Kept, LineParts, LineSample, LineStep, LineSteps, Varying};
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use stdx::{Budget, Reservation};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Steps of a query that are kept, bytes of their pieces, and texts that were kept of lines.
const MAX_STEPS: usize = 16_384;
const MAX_BYTES: usize = 2 << 20;
const MAX_TEXTS: usize = 8192;
const MAX_TEXT_BYTES: usize = 2 << 20;

/// What steps take of a query's memory: all of the above, and as much for places and guesses.
const HELD_BYTES: u64 = 8 << 20;

/// So many steps are noted at once; then one for so many lines.
const FIRST_STEPS: usize = 1024;
const LINES_A_STEP: usize = 4;

/// From a number so many steps are tried before any is looked up.
const TRIED: usize = 4;

/// Steps that no page is read with now, and the memory of the query.
pub(super) struct Idle(Mutex<Vec<Steps>>, Budget);

impl Idle {
    pub(super) fn new(budget: Budget) -> Idle {
        Idle(Mutex::default(), budget)
    }

    /// Steps for a query; `None` when it looks at lines as a whole, or has no room for them.
    pub(super) fn take(&self, parts: &dyn LineParts) -> Option<Steps> {
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.or_else(|| Some(Steps::new(parts.steps()?, self.1.reserve(HELD_BYTES).ok()?)))
    }

    /// Keeps them for other pages, unless one huge line made them huge.
    pub(super) fn give(&self, steps: Steps) {
        if steps.bytes.capacity() + steps.sample.heap_bytes() <= HELD_BYTES as usize {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(steps);
        }
    }
}

/// What is known of pieces.
pub(super) struct Steps {
    _held: Reservation,
    looks: Box<dyn LineSteps>,
    separator: u8,
    all: Vec<Step>,
    /// By the hash of number and piece.
    places: FxHashMap<u64, u32>,
    /// Pieces of steps, one after the other.
    bytes: Vec<u8>,
    kept: Vec<Part>,
    /// Of each number the steps that are tried first.
    guesses: Vec<[Guess; TRIED]>,
    texts: Texts,
    /// How many of `all`, `kept` and `bytes` are noted; what is behind is of one line alone.
    noted: [usize; 3],
    lines: usize,
    /// The steps of the line that keep something, and where their pieces begin.
    path: Vec<(u32, usize)>,
    sample: Sample,
}

/// What a piece behind a number leads to.
struct Step {
    before: u32,
    /// Its place in `bytes`.
    piece: Range<usize>,
    behind: u32,
    kept: Range<usize>,
    /// Whether digits are in what is kept.
    varies: bool,
}

/// A step that is tried: most pieces that differ do so in their length or their last bytes.
#[derive(Clone, Copy, Default)]
struct Guess {
    step: u32,
    /// Bytes of its piece; 0 when there is none.
    length: u32,
    tail: u64,
}

/// The last eight bytes of a piece.
fn tail(piece: &[u8]) -> u64 {
    match piece.last_chunk() {
        Some(last) => u64::from_le_bytes(*last),
        None => piece.iter().fold(1, |tail, byte| tail << 8 | u64::from(*byte)),
    }
}

/// Something that is kept of a piece.
enum Part {
    /// From the first byte of the piece on.
    Own(Range<usize>),
    Text(&'static str),
}

/// What is known of a line.
pub(super) enum Followed {
    /// The number of what is kept of it, for [`Steps::text`].
    Text(usize),
    /// What is kept of it is told by [`Steps::put`] only.
    Alone,
}

impl Steps {
    fn new(looks: Box<dyn LineSteps>, held: Reservation) -> Self {
        Steps {
            _held: held,
            separator: looks.separator(),
            looks,
            all: Vec::new(),
            places: FxHashMap::default(),
            bytes: Vec::new(),
            kept: Vec::new(),
            guesses: Vec::new(),
            texts: Texts::default(),
            noted: [0; 3],
            lines: 0,
            path: Vec::new(),
            sample: Sample::default(),
        }
    }

    /// Goes through the bytes of a line that begins at `from` of the remainder; `None`: it has to be looked at as a whole.
    pub(super) fn follow(&mut self, line: &[u8], from: usize) -> Option<Followed> {
        self.forget();
        self.path.clear();
        self.lines += 1;
        let (mut number, mut at, mut text) = (0, 0, Some(0));
        while at < line.len() {
            let place = self.step(number, &line[at..])?;
            let step = &self.all[place];
            number = step.behind;
            if !step.kept.is_empty() {
                self.path.push((place as u32, from + at));
                text = text.filter(|_| !step.varies && place < self.noted[0]);
                if let Some(before) = text {
                    text = self.texts.behind(before, place as u32, || {
                        text_of(&self.kept[step.kept.clone()], &self.bytes[step.piece.clone()])
                    });
                }
            }
            if number == ENDED {
                return Some(text.map_or(Followed::Alone, Followed::Text));
            }
            at += step.piece.len();
        }
        if !self.looks.may_end(number) {
            return None;
        }
        Some(text.map_or(Followed::Alone, Followed::Text))
    }

    /// What is kept of lines, by its number.
    pub(super) fn text(&self, number: usize) -> &[u8] {
        self.texts.get(number)
    }

    /// Writes what is kept of the line that was followed last.
    pub(super) fn put(
        &self,
        walk: &mut Walk<'_>,
        line: &Range<usize>,
        time: i64,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        walk.look(line)?;
        for (step, at) in &self.path {
            for part in &self.kept[self.all[*step as usize].kept.clone()] {
                match part {
                    Part::Own(part) => walk.put_part(line, &(at + part.start..at + part.end), time, out)?,
                    Part::Text(text) => out.extend_from_slice(text.as_bytes()),
                }
            }
        }
        Ok(())
    }

    /// The step behind a number with the piece that a text begins with.
    fn step(&mut self, number: u32, rest: &[u8]) -> Option<usize> {
        if let Some(guesses) = self.guesses.get_mut(number as usize) {
            for tried in 0..TRIED {
                let guess = guesses[tried];
                // A piece ends with the only separator in it, or with the line.
                let length = guess.length as usize;
                let Some(piece) = rest.get(..length).filter(|piece| tail(piece) == guess.tail) else {
                    continue;
                };
                let ends = length == rest.len() || piece.last() == Some(&self.separator);
                if ends && *piece == self.bytes[self.all[guess.step as usize].piece.clone()] {
                    // What is met more often moves to the front.
                    guesses.swap(tried, tried.saturating_sub(1));
                    return Some(guess.step as usize);
                }
            }
        }
        let end = memchr::memchr(self.separator, rest).map_or(rest.len(), |at| at + 1);
        let piece = &rest[..end];
        let hash = xxh3_64_with_seed(piece, u64::from(number));
        if let Some(place) = self.places.get(&hash).copied() {
            let step = &self.all[place as usize];
            if step.before == number && self.bytes[step.piece.clone()] == *piece {
                self.guess(number, place);
                return Some(place as usize);
            }
            return self.learn(number, piece, None);
        }
        self.learn(number, piece, Some(hash))
    }

    /// Has a step be tried in the place of the one that is met least.
    fn guess(&mut self, number: u32, step: u32) {
        let number = number as usize;
        if self.guesses.len() <= number {
            self.guesses.resize(number + 1, [Guess::default(); TRIED]);
        }
        let piece = &self.bytes[self.all[step as usize].piece.clone()];
        let guess = Guess { step, length: piece.len() as u32, tail: tail(piece) };
        let free = self.guesses[number].iter().position(|guess| guess.length == 0);
        self.guesses[number][free.unwrap_or(TRIED - 1)] = guess;
    }

    /// Finds out what a piece leads to, and notes it under the hash if there is room.
    fn learn(&mut self, before: u32, piece: &[u8], hash: Option<u64>) -> Option<usize> {
        self.sample.read(piece)?;
        let text = std::str::from_utf8(&self.sample.text).ok()?;
        let digits = self.sample.digits.iter();
        let varying: Vec<Varying> = digits
            .map(|digits| Varying { place: digits.place.clone(), hex: digits.hex, fixed: digits.fixed })
            .collect();
        let sample = LineSample { line: text, varying: &varying };
        let LineStep { behind, kept } = self.looks.step(before, &sample)?;
        let (first, mut varies) = (self.kept.len(), false);
        for kept in kept {
            self.kept.push(match kept {
                Kept::Text(text) => Part::Text(text),
                Kept::Part(part) => {
                    let own = self.sample.place_of(&part)?;
                    varies |= has_marks(&piece[own.clone()]);
                    Part::Own(own)
                }
            });
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(piece);
        let kept = first..self.kept.len();
        let place = self.all.len();
        self.all.push(Step { before, piece: start..self.bytes.len(), behind, kept, varies });
        let most = (FIRST_STEPS + self.lines / LINES_A_STEP).min(MAX_STEPS);
        let fits = self.all.len() <= most && self.bytes.len() <= MAX_BYTES;
        if let Some(hash) = hash.filter(|_| fits && place == self.noted[0]) {
            self.places.insert(hash, place as u32);
            self.noted = [self.all.len(), self.kept.len(), self.bytes.len()];
            self.guess(before, place as u32);
        }
        Some(place)
    }

    /// Forgets what was found out for the line before alone.
    fn forget(&mut self) {
        let [all, kept, bytes] = self.noted;
        self.all.truncate(all);
        self.kept.truncate(kept);
        self.bytes.truncate(bytes);
    }
}

/// What a step adds to what is kept.
fn text_of(kept: &[Part], piece: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for part in kept {
        text.extend_from_slice(match part {
            Part::Own(part) => &piece[part.clone()],
            Part::Text(text) => text.as_bytes(),
        });
    }
    text
}

/// What was kept of lines and beginnings of lines, without digits that vary. 0 is nothing.
#[derive(Default)]
struct Texts {
    /// What comes of a text by a step.
    next: FxHashMap<(u32, u32), u32>,
    /// Texts behind the first one.
    all: Vec<Box<[u8]>>,
    bytes: usize,
}

impl Texts {
    fn get(&self, number: usize) -> &[u8] {
        number.checked_sub(1).map_or(&[], |place| &self.all[place])
    }

    fn behind(&mut self, before: usize, step: u32, added: impl FnOnce() -> Vec<u8>) -> Option<usize> {
        if let Some(number) = self.next.get(&(before as u32, step)) {
            return Some(*number as usize);
        }
        let text = [self.get(before), &added()].concat();
        if self.all.len() == MAX_TEXTS || self.bytes + text.len() > MAX_TEXT_BYTES {
            return None;
        }
        self.bytes += text.len();
        self.all.push(text.into());
        self.next.insert((before as u32, step), self.all.len() as u32);
        Some(self.all.len())
    }
}
