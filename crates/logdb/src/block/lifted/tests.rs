//! What is lifted comes back, damage is refused, and pages are skipped only where they may be.

use super::*;
use memchr::memmem::Finder;
use proptest::prelude::*;

fn round(lines: &[(i64, &str)]) -> usize {
    let text: Vec<u8> = lines.iter().flat_map(|(_, line)| line.bytes()).collect();
    let lengths: Vec<u32> = lines.iter().map(|(_, line)| line.len() as u32).collect();
    let times: Vec<i64> = lines.iter().map(|(at, _)| *at).collect();
    let packed = lift::encode_always(&text, &lengths, &times);
    let back = decode(&packed.open(text.len()).unwrap(), &lengths, &times, |_, _| true).unwrap();
    assert_eq!(String::from_utf8_lossy(&back), String::from_utf8_lossy(&text));
    packed.rest.len() + packed.digits.map_or(0, |digits| digits.len())
}

#[test]
fn what_was_written_before_is_read() {
    let at = 1_795_609_108_132_437_758;
    let mut lines = vec![
        (at, "ts=2026-11-25T12:18:28.132437758Z level=debug size=383 took=4.031ms id=a4d69141506f452eac0d15e902ce3032".to_owned()),
        (at + 7, "7f3c1e9a-5b7d-4e21-9c0f-0d15ea5e0b5e 7F3C1E9A-5B7D x1y2 99999999999999999999 007 \u{1}\u{6}\u{7}9".to_owned()),
    ];
    lines.extend((0..40).map(|n| (at + n, format!("12:18:28,1 n={n} of {}", n % 3 * 1000))));
    let text: Vec<u8> = lines.iter().flat_map(|(_, line)| line.bytes()).collect();
    let lengths: Vec<u32> = lines.iter().map(|(_, line)| line.len() as u32).collect();
    let times: Vec<i64> = lines.iter().map(|(at, _)| *at).collect();
    let packed = "0c01010101010101010128282874da0428b52ffd605a01450300f285161c50557303cd7cffa8ed1bc59df9c581cc81a62f5049da\
        accfc848925ac9ce25f056cb9b72602daf67ba205fd0b4cc194e71600944a32d0c0e77c053dff358c944b052208c6eddcd133fb944f629b498850e19\
        a88799993546010300740fc6958c5bb55aa28a04542aa4d69141506f452eac0d15e902ce30327f3c1e9a5b7d4e219c0f0d15ea5e0b5e999999999999\
        9999999900d41f00160032000000fe050008003e000e0012010100000005020103000de80702";
    let pairs = packed.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    let packed: bytes::Bytes = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    let unpacked = Unpacked::open(&packed, Form::Endless, text.len()).unwrap();
    assert_eq!(decode(&unpacked, &lengths, &times, |_, _| true).unwrap(), text);
    let mut walk = Walk::new(&unpacked).unwrap();
    let mut back = Vec::new();
    for (length, time) in lengths.iter().zip(&times) {
        let line = walk.line(*length as usize).unwrap();
        walk.put(&line, *time, &mut back).unwrap();
    }
    assert_eq!(back, text);
}

#[test]
fn lines_come_back() {
    let at = 1_795_609_108_132_437_758;
    round(&[
        (
            at,
            "ts=2026-11-25T12:18:28.132437758Z level=debug size=383 took=4.031ms id=a4d69141506f452eac0d15e902ce3032",
        ),
        (at, "10.0.0.1 - - [25/Nov/2026:12:18:28 +0000] \"GET /a?p=7880 HTTP/1.1\" 200 007 00"),
        (
            at,
            "7f3c1e9a-5b7d-4e21-9c0f-0d15ea5e0b5e 7F3C1E9A-5B7D x1y2 99999999999999999999 é5 \u{1}\u{6}\u{2}9",
        ),
        (-5, "24:00:00 23:59:59.9 23:59:60 1:2:3 00:00:00,000000000 00:00:00.0000000001"),
        (i64::MIN, "12:00:00"),
        (i64::MAX, ""),
        (0, "0 00 -1 1_000 0x1f deadbeef1 deadbeefdeadbeef"),
    ]);
    round(&[]);
}

#[test]
fn only_what_is_kept_comes_back() {
    let lines: Vec<String> = (0..40).map(|i| format!("n={i} a\0b {i:08x}a0 end\u{2}")).collect();
    let text = lines.concat();
    let lengths: Vec<u32> = lines.iter().map(|line| line.len() as u32).collect();
    let times = vec![0; lines.len()];
    let packed = lift::encode_always(text.as_bytes(), &lengths, &times);
    let unpacked = packed.open(text.len()).unwrap();
    // Nothing is read behind the last line that is asked for.
    let back = decode(&unpacked, &lengths[..30], &times[..30], |row, line| {
        assert_eq!(line, lines[row].as_bytes());
        row % 7 == 3
    });
    assert_eq!(back.unwrap(), [3, 10, 17, 24].map(|i| lines[i].as_str()).concat().as_bytes());
}

#[test]
fn parts_of_lines_come_back_however_many_numbers_they_have() {
    for numbers in [5, 500] {
        let lines: Vec<Vec<String>> =
            (0..6).map(|own| (0..numbers).map(|n| format!("{} ", n * 7 + own)).collect()).collect();
        let text: String = lines.iter().map(|line| line.concat()).collect();
        let lengths: Vec<u32> = lines.iter().map(|line| line.concat().len() as u32).collect();
        let packed = lift::encode_always(text.as_bytes(), &lengths, &[0; 6]);
        let unpacked = packed.open(text.len()).unwrap();
        let mut walk = Walk::new(&unpacked).unwrap();
        for (row, (line, length)) in lines.iter().zip(&lengths).enumerate() {
            let place = walk.step(*length as usize).unwrap();
            if row % 3 == 1 {
                continue;
            }
            walk.look(&place).unwrap();
            for part in [0..2, 1..numbers, numbers..numbers] {
                // Each number and the space behind it are two bytes of the remainder.
                let own = place.start + 2 * part.start..place.start + 2 * part.end;
                let mut out = Vec::new();
                walk.put_part(&place, &own, 0, &mut out).unwrap();
                assert_eq!(String::from_utf8(out).unwrap(), line[part].concat());
            }
        }
    }
}

#[test]
fn what_is_unpacked_counts_the_packed_bytes_that_it_holds() {
    let line = "no number stands in this line";
    let packed = lift::encode_always(line.as_bytes(), &[line.len() as u32], &[0]);
    let unpacked = packed.open(line.len()).unwrap();
    assert!(unpacked.heap_bytes() >= packed.rest.len() + unpacked.remainder().len());
}

#[test]
fn ids_and_times_cost_their_entropy() {
    let lines: Vec<(i64, String)> = (0..2000u64)
        .map(|i| {
            let at = 1_795_609_108_000_000_000 + i as i64 * 7_777_777;
            let random = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let seconds = at / 1_000_000_000 % 86_400;
            let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            let line = format!(
                "time={h:02}:{m:02}:{s:02}.{:09} id={random:016x} status={}",
                at % 1_000_000_000,
                [200, 404][(random >> 60) as usize % 2]
            );
            (at, line)
        })
        .collect();
    let lines: Vec<(i64, &str)> = lines.iter().map(|(at, line)| (*at, line.as_str())).collect();
    let bytes = round(&lines);
    assert!(bytes < 2000 * 10, "{bytes} bytes for 2000 lines of 8 random bytes");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn any_lines_come_back(lines in prop::collection::vec((any::<i64>(),
        "([0-9a-fA-F]{0,12}|[0-2][0-9]:[0-5][0-9]:[0-6][0-9]([.,][0-9]{0,10})?|[-=. T]|\\PC|[\\x00-\\x08]|0{1,3}[0-9]{0,20}){0,12}"), 0..20)) {
        let lines: Vec<(i64, &str)> = lines.iter().map(|(at, line)| (*at, line.as_str())).collect();
        round(&lines);
    }

    #[test]
    fn lines_are_written_whichever_are_passed(
        all in prop::collection::vec((0usize..6, any::<u32>(), 0usize..4), 1..200), first in 0usize..6,
    ) {
        let shapes = ["id={:x} n={}", "{:x}{:x}{:x} took {}ms", "plain", "12:18:28 at {}", "{}", "a{:x} b={} c={} 007"];
        let lines: Vec<(String, bool)> = all
            .iter()
            .map(|(shape, n, wanted)| {
                let (hex, decimal) = (format!("{n:08x}"), n.to_string());
                let line = shapes[(shape + first) % shapes.len()].replace("{:x}", &hex).replace("{}", &decimal);
                (line, *wanted == 0)
            })
            .collect();
        let text: String = lines.iter().map(|(line, _)| line.as_str()).collect();
        let lengths: Vec<u32> = lines.iter().map(|(line, _)| line.len() as u32).collect();
        let packed = lift::encode_always(text.as_bytes(), &lengths, &vec![0; lines.len()]);
        let unpacked = packed.open(text.len()).unwrap();
        let mut walk = Walk::new(&unpacked).unwrap();
        for (line, wanted) in &lines {
            let place = walk.line(line.len()).unwrap();
            let mut out = Vec::new();
            if *wanted {
                walk.put(&place, 0, &mut out).unwrap();
                prop_assert_eq!(&String::from_utf8(out).unwrap(), line);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, lengths in prop::collection::vec(0u32..40, 0..5)) {
        let times = vec![0; lengths.len()];
        let total = lengths.iter().sum::<u32>() as usize;
        let bytes = bytes::Bytes::from(bytes);
        let digits = bytes.slice(..bytes.len() / 3);
        for form in [Form::Endless, Form::Ended, Form::Apart(&digits)] {
            let _ = Unpacked::open(&bytes, form, total).and_then(|all| decode(&all, &lengths, &times, |_, _| true));
        }
    }

    #[test]
    fn damage_is_read_or_refused(line in "[a-z0-9:=. ]{0,60}", at in 0usize..200, with: u8) {
        let (text, lengths) = (line.as_bytes(), [line.len() as u32]);
        let mut packed = lift::encode_always(text, &lengths, &[0]);
        let place = at % packed.rest.len();
        packed.rest[place] = with;
        let _ = packed.open(text.len()).and_then(|all| decode(&all, &lengths, &[0], |_, _| true));
    }

    #[test]
    fn a_page_with_a_needle_is_not_skipped(
        line in "([0-9a-fA-F]{0,12}|[0-9a-f]{8,20}|[g-z][0-9a-f]{8,12}|[a-z]{1,6}|([0-9]{2}T)?[0-2][0-9]:[0-5][0-9]:[0-6][0-9]|[0-9]{1,4}[a-z]{1,2}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[-=. Té\\x01-\\x08]){0,8}",
        from: usize, length in 1usize..30,
    ) {
        let from = from % (line.len() + 1);
        let needle = &line.as_bytes()[from..(from + length).min(line.len())];
        let packed = lift::encode_always(line.as_bytes(), &[line.len() as u32], &[0]);
        let unpacked = packed.open(line.len()).unwrap();
        prop_assert!(Stay::of(needle).is_none_or(|stay| stay.may_be_in(&unpacked)), "{:?}", needle);
        let apart = packed.digits.as_deref();
        prop_assert!(!Stay::of(needle).zip(apart).is_some_and(|(stay, digits)| stay.is_not_in(digits)), "{:?}", needle);
        let stands = Finder::new(needle).find(unpacked.remainder()).is_some();
        prop_assert!(stands || !is_never_lifted(needle), "{:?}", needle);
    }

    #[test]
    fn what_stands_in_the_remainder_is_in_the_line(
        line in "([0-9a-f]{0,80}|[a-z]{1,6}|T?[0-2][0-9]:[0-5][0-9]:[0-6][0-9]|0?[0-9]{1,4}[a-z]{1,2}|[-=. Té\"!#\x01-\x08]){0,8}",
        from: usize, length in 1usize..6, other in "[-=. \"!#a-z0-9é]{1,3}",
    ) {
        let packed = lift::encode_always(line.as_bytes(), &[line.len() as u32], &[0]);
        let unpacked = packed.open(line.len()).unwrap();
        // Parts of the remainder that are text, with what stands beside them.
        let remainder = unpacked.remainder();
        let from = from % (remainder.len() + 1);
        let part = &remainder[from..(from + length).min(remainder.len())];
        for text in [std::str::from_utf8(part).unwrap_or_default(), &other] {
            let is_text = !unpacked.has_marks(text.as_bytes());
            let stands = Finder::new(text.as_bytes()).find(remainder).is_some();
            prop_assert!(!is_text || !stands || line.contains(text), "{:?}", text);
        }
    }
}

#[test]
fn a_needle_that_goes_on_behind_a_time_is_found() {
    let line = "00:00:00aaaAa00T00:00:00";
    let packed = lift::encode_always(line.as_bytes(), &[line.len() as u32], &[0]);
    let unpacked = packed.open(line.len()).unwrap();
    for from in 0..line.len() {
        let stay = Stay::of(&line.as_bytes()[from..]);
        assert!(stay.is_none_or(|stay| stay.may_be_in(&unpacked)), "{}", &line[from..]);
    }
}

#[test]
fn digits_stand_apart_unless_some_stay() {
    for (line, apart) in [
        ("id=a4d69141506f452e 12345678", true),
        ("no id", true),
        ("DEADBEEF00 deadbeefs x12345678", true),
        ("zone-a4d69141506f452e", true),
        ("xa4d69141506f452e", false),
        ("A4d691415a", false),
    ] {
        let packed = lift::encode_always(line.as_bytes(), &[line.len() as u32], &[0]);
        assert_eq!(packed.digits.is_some(), apart, "{line}");
    }
    let stay = |needle: &str| Stay::of(needle.as_bytes()).unwrap();
    let digits = [0x1a, 0x4d, 0x69, 0x14, 0x15, 0x06];
    for (needle, absent) in [
        ("a4d69141", false),
        ("4d691415", false),
        ("a4d691415", false),
        ("b4d69141", true),
        ("a4d691416", true),
        ("a4d69141506f", true),
        ("error a4d69142", true),
        ("xa4d6914f", false),
    ] {
        assert_eq!(stay(needle).is_not_in(&digits), absent, "{needle}");
    }
}

#[test]
fn pages_without_a_needle_are_skipped() {
    let line = "GET /a?id=7f3c1e9a-5b7d-4e21-9c0f-0d15ea5e0b5e&trace=a4d69141506f452eac0d15e902ce303 pod-x2x4k 25T12:18:28";
    let packed = lift::encode_always(line.as_bytes(), &[line.len() as u32], &[0]);
    let unpacked = packed.open(line.len()).unwrap();
    for (needle, there) in [
        ("7f3c1e9a-5b7d-4e21", Some(true)),
        ("f3c1e9a5c", Some(false)),
        ("3c1e9a-5b7d-4", None),
        ("4e21-9c0f-0d15ea5e0b5e", Some(true)),
        ("69141506f45", None),
        ("9141506f452eac", Some(true)),
        ("9141506f452eab1", Some(false)),
        ("x2x4", Some(true)),
        ("x2x5", Some(false)),
        ("25T12", Some(true)),
        ("12345", None),
        ("deadbeef", None),
        ("nothing", Some(false)),
        ("trace=a4d", Some(true)),
        ("12 pod-x", Some(true)),
        ("pod-x trace=9", Some(false)),
        ("GET ?id=7", Some(false)),
    ] {
        let found = Stay::of(needle.as_bytes()).map(|stay| stay.may_be_in(&unpacked));
        assert_eq!(found, there, "{needle}");
    }
}
