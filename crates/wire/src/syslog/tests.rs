//! Messages of both forms, and streams cut anywhere.

use super::*;
use proptest::prelude::*;

/// 2026-11-25T12:00:00Z
const NOW: Nanos = Nanos(1_795_608_000_000_000_000);

#[test]
fn the_newer_form_has_every_part() {
    let line = "<165>1 2026-11-25T10:00:00.5+01:00 host.example app 7 ID47 [ex@1 a=\"b \\\" \\] \\\\ \\n\" c=\"\"][empty] \u{feff}the text\n";
    let read = parse(line, NOW).unwrap();
    assert_eq!(
        (FACILITIES[usize::from(read.facility)], SEVERITIES[usize::from(read.severity)]),
        ("local4", "notice")
    );
    assert_eq!(read.at, Some(Nanos(1_795_597_200_500_000_000)));
    assert_eq!((read.host, read.app, read.process, read.sort), ("host.example", "app", "7", "ID47"));
    assert_eq!(read.parameters, [("ex@1", "a", "b \" ] \\ \\n".to_owned()), ("ex@1", "c", String::new())]);
    assert_eq!(read.text, "the text");
    let bare = parse("<0>1 - - - - - -", NOW).unwrap();
    assert_eq!(bare, Message::default());
    assert_eq!(parse("<0>1 - - - - - - text", NOW).unwrap().text, "text");
}

#[test]
fn the_older_form_has_any_part() {
    let read = |line| parse(line, NOW).unwrap();
    let full = read("<34>Nov 25 10:00:00 host su[7]: failed for a on /dev/pts/8");
    assert_eq!((full.at, full.is_local), (Some(Nanos(1_795_600_800_000_000_000)), true));
    assert_eq!((full.facility, full.severity), (4, 2));
    assert_eq!((full.host, full.app, full.process), ("host", "su", "7"));
    assert_eq!(full.text, "failed for a on /dev/pts/8");
    let day = read("<34>Nov  5 10:00:00 host app: x");
    assert_eq!(day.at, Some(Nanos(1_793_872_800_000_000_000)));
    // A month that is still to come was last year.
    assert_eq!(read("<34>Dec 31 23:59:59 host app: x").at, Some(Nanos(1_767_225_599_000_000_000)));
    let iso = read("<34>2026-11-25T10:00:00Z host app: x");
    assert!(!iso.is_local);
    assert_eq!((iso.at, iso.host, iso.app), (Some(Nanos(1_795_600_800_000_000_000)), "host", "app"));
    let local = read("<34>Nov 25 10:00:00 app[7]: x");
    assert_eq!((local.host, local.app, local.process, local.text), ("", "app", "7", "x"));
    let text = read("<34>just some text: here");
    assert_eq!((text.at, text.host, text.app, text.text), (None, "", "", "just some text: here"));
}

#[test]
fn what_is_no_message_is_refused() {
    for (line, reason) in [
        ("text", "syslog: expected a priority such as <34> at the beginning"),
        ("<192>x", "syslog: expected a priority such as <34> at the beginning"),
        ("<+1>x", "syslog: expected a priority such as <34> at the beginning"),
        ("<1>1 soon - - - - -", "syslog: \"soon\" is no RFC 3339 time"),
        ("<1>1 - - - - - [a", "syslog: structured data does not end"),
        ("<1>1 - - - - - [a b]", "syslog: structured data has a name without a value"),
        ("<1>1 - - - - - [a b=\"c]", "syslog: structured data has a value without an end"),
    ] {
        assert_eq!(parse(line, NOW).unwrap_err().to_string(), reason, "{line}");
    }
    let many = format!("<1>1 - - - - - [a{}]", " b=\"\"".repeat(MAX_PARAMETERS + 1));
    assert_eq!(parse(&many, NOW).unwrap_err().to_string(), "syslog: more than 128 parameters");
}

fn cut(parts: &[&[u8]], longest: usize) -> Result<Vec<String>, WireError> {
    let (mut frames, mut out) = (Frames::new(longest), Vec::new());
    let mut each = |message: &[u8]| out.push(String::from_utf8_lossy(message).into_owned());
    for part in parts {
        frames.push(part, &mut each)?;
    }
    frames.finish(&mut each);
    Ok(out)
}

#[test]
fn long_and_broken_frames_end_the_stream() {
    assert_eq!(cut(&[b"<1>a\n5 <1>\nb<1>c\0\n<1>end"], 9).unwrap(), ["<1>a", "<1>\nb", "<1>c", "<1>end"]);
    for stream in ["<1>0123456789", "<1>0123456789\n", "11 <1>", "12x", "1234567890", "1x"] {
        cut(&[stream.as_bytes()], 9).unwrap_err();
    }
    assert_eq!(cut(&[b"12"], 9).unwrap(), Vec::<String>::new());
}

proptest! {
    #[test]
    fn a_stream_is_cut_alike_wherever_its_packets_end(
        texts in proptest::collection::vec("<1>[a-z\n]{0,8}", 0..6), counted in any::<bool>(), at in any::<prop::sample::Index>()
    ) {
        let texts: Vec<String> = texts.into_iter().map(|text| if counted { text } else { text.replace('\n', "") }).collect();
        let frame = |text: &String| if counted { format!("{} {text}", text.len()) } else { format!("{text}\n") };
        let stream: String = texts.iter().map(frame).collect();
        let at = at.index(stream.len() + 1);
        let (first, second) = stream.as_bytes().split_at(at);
        prop_assert_eq!(cut(&[first, second], 64).unwrap(), texts);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>(), line in "\\PC{0,40}", like in "<34>(1 )?[-a-zA-Z0-9:.ü\\[\\]\"\\\\= ]{0,60}") {
        let _ = cut(&[&bytes], 64);
        for text in [line, like] {
            let _ = parse(&text, NOW);
        }
    }
}
