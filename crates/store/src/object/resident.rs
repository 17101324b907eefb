//! Parts of local files that the operating system holds in memory, read on the thread that asks.
//!
//! A page of a block is some kilobytes: handing such a read to another thread and waiting for it costs ten times the read. So
//! the read is tried in place with `RWF_NOWAIT`, which answers only from the page cache ([preadv2(2)]). Invariant: never waits
//! for a disk; whatever is odd is `None`, and the reader takes the way of every store.
//!
//! [preadv2(2)]: https://man7.org/linux/man-pages/man2/preadv2.2.html

use bytes::Bytes;
use std::ops::Range;
use std::path::Path;

/// Beyond this many bytes the copy itself is work that another thread should do: some 100 us.
const MAX_BYTES: u64 = 1 << 20;

/// The ranges of a file, whole and in order, if all of them are in memory.
pub(super) fn read(path: &Path, ranges: &[Range<u64>]) -> Option<Vec<Bytes>> {
    if ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum::<u64>() > MAX_BYTES {
        return None;
    }
    let file = std::fs::File::open(path).ok()?;
    ranges.iter().map(|range| part(&file, range)).collect()
}

#[cfg(target_os = "linux")]
fn part(file: &std::fs::File, range: &Range<u64>) -> Option<Bytes> {
    use rustix::io::{ReadWriteFlags, preadv2};
    let mut bytes = vec![0; usize::try_from(range.end.checked_sub(range.start)?).ok()?];
    let into = &mut [std::io::IoSliceMut::new(&mut bytes)];
    let read = preadv2(file, into, range.start, ReadWriteFlags::NOWAIT).ok()?;
    (read == bytes.len()).then(|| bytes.into())
}

#[cfg(not(target_os = "linux"))]
fn part(_: &std::fs::File, _: &Range<u64>) -> Option<Bytes> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_just_written_is_read_in_place_and_nothing_is_made_up() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("a.block");
        std::fs::write(&path, b"0123456789").expect("a file");
        let ranges = [2..4, 9..10, 0..0];
        // A file system may not know the flag; then the answer is none at all.
        if let Some(parts) = read(&path, &ranges) {
            assert_eq!(parts, [&b"23"[..], b"9", b""]);
        }
        assert_eq!(read(&path, &[0..1, 8..11]), None, "beyond the end");
        assert_eq!(read(&path, &[0..1, 0..MAX_BYTES]), None);
        assert_eq!(read(&dir.path().join("b.block"), &ranges), None);
    }
}
