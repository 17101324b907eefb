//! Entries of every form, and streams cut anywhere.

use super::*;
use proptest::prelude::*;

/// Each entry as `name=value` pairs, or why it is none; then how the stream ended.
fn read(parts: &[&[u8]]) -> (Vec<String>, Result<(), String>) {
    let (mut entries, mut out) = (Entries::default(), Vec::new());
    let mut each = |entry: Result<Fields<'static>, WireError>| {
        out.push(match entry {
            Ok(fields) => {
                fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("|")
            }
            Err(error) => error.to_string(),
        });
    };
    let mut end = Ok(());
    for part in parts {
        end = end.and_then(|()| entries.push(part, &mut each));
    }
    let end = end.and_then(|()| entries.finish(&mut each));
    (out, end.map_err(|error| error.to_string()))
}

fn sized(name: &str, value: &[u8]) -> Vec<u8> {
    let length = u64::try_from(value.len()).unwrap().to_le_bytes();
    [name.as_bytes(), b"\n", &length, value, b"\n"].concat()
}

#[test]
fn entries_have_fields_of_text_and_of_bytes() {
    let stream = [
        b"__CURSOR=s=x;i=1\n__REALTIME_TIMESTAMP=1795608000000000\nPRIORITY=6\n_PID=1\n".as_slice(),
        &sized("MESSAGE", b"a\nb=\xff"),
        b"EMPTY=\nEQ=a=b\n\n\n\nTAG=x\nTAG=y\nPRIORITY=9\n\nMESSAGE=last",
    ]
    .concat();
    let (entries, end) = read(&[&stream]);
    assert_eq!(
        entries,
        [
            "__REALTIME_TIMESTAMP=1795608000000000|level=info|PRIORITY=6|_PID=1|MESSAGE=a\nb=\u{fffd}|EQ=a=b",
            "TAG=x\ny|PRIORITY=9",
            "MESSAGE=last",
        ]
    );
    assert_eq!(end, Ok(()));
}

#[test]
fn an_entry_that_is_too_large_is_told_and_the_next_one_read() {
    let too_large = format!("an entry of the journal is larger than {MAX_ENTRY_BYTES} bytes");
    let huge = vec![b'x'; MAX_ENTRY_BYTES + 1];
    for large in [sized("CORE", &huge), [b"CORE=".as_slice(), &huge, b"\n"].concat()] {
        let stream = [b"A=1\n".as_slice(), &large, b"B=2\n\nC=3\n\n"].concat();
        let parts: Vec<&[u8]> = stream.chunks(1 << 20).collect();
        let (entries, end) = read(&parts);
        assert_eq!((entries, end), (vec![too_large.clone(), "C=3".to_owned()], Ok(())));
    }
    let many: String = (0..=MAX_FIELDS).map(|at| format!("F{at}=x\n")).collect();
    let (entries, _) = read(&[many.as_bytes(), b"\nC=3\n\n=x\n\n"]);
    assert_eq!(entries, ["a record has more than 1000 fields", "C=3", "journal: a field has no proper name"]);
}

#[test]
fn a_stream_that_breaks_is_told() {
    let good = sized("A", b"abc");
    let within = Err("journal: the stream ends within a value".to_owned());
    for cut in 2..good.len() {
        assert_eq!(read(&[&good[..cut]]), (vec![], within.clone()), "{cut}");
    }
    let mut other = good.clone();
    *other.last_mut().unwrap() = b'x';
    assert_eq!(
        read(&[&other]).1,
        Err("journal: the stream has a value that does not end where it should".to_owned())
    );
    assert_eq!(read(&[b"A"]), (vec!["journal: a field has no value".to_owned()], Ok(())));
}

proptest! {
    #[test]
    fn a_stream_is_read_alike_wherever_its_packets_end(
        entries in prop::collection::vec(prop::collection::vec(("[A-Z]{1,4}", prop::collection::vec(any::<u8>(), 1..9), any::<bool>()), 1..5), 0..4),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4)
    ) {
        let mut stream = Vec::new();
        for entry in &entries {
            for (name, value, text) in entry {
                match *text && !value.contains(&b'\n') {
                    true => stream.extend([name.as_bytes(), b"=", value, b"\n"].concat()),
                    false => stream.extend(sized(name, value)),
                }
            }
            stream.push(b'\n');
        }
        let whole = read(&[&stream]);
        prop_assert_eq!(whole.0.len(), entries.len());
        prop_assert_eq!(&whole.1, &Ok(()));
        let mut cuts: Vec<usize> = cuts.iter().map(|at| at.index(stream.len() + 1)).collect();
        cuts.sort_unstable();
        let (mut parts, mut from) = (Vec::new(), 0);
        for cut in cuts {
            parts.push(&stream[from..cut]);
            from = cut;
        }
        parts.push(&stream[from..]);
        prop_assert_eq!(read(&parts), whole);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>(), like in "([A-Z]{0,3}[=\n][a-z\\x00-\\x09]{0,12}\n?){0,6}") {
        let _ = (read(&[&bytes]), read(&[like.as_bytes()]));
    }
}
