//! Both protocols on bytes written by hand, and on any bytes.

use super::compact::MESSAGE;
use super::*;
use proptest::prelude::*;

#[test]
fn both_protocols_say_the_same() {
    // 1: i32 5, 2: "ab", 3: [true, false], 4: {7: 1.5}, 5: false, 6: {1: 2} as a map
    let binary = [
        &[8, 0, 1, 0, 0, 0, 5][..],
        &[11, 0, 2, 0, 0, 0, 2, b'a', b'b'],
        &[15, 0, 3, 2, 0, 0, 0, 2, 1, 0],
        &[12, 0, 4, 4, 0, 7, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0],
        &[2, 0, 5, 0],
        &[13, 0, 6, 3, 3, 0, 0, 0, 1, 1, 2],
        &[0],
    ]
    .concat();
    let compact = [
        &[MESSAGE, 0x21, 1, 4, b'c', b'a', b'l', b'l'][..],
        &[0x15, 10],
        &[0x18, 2, b'a', b'b'],
        &[0x19, 0x21, 1, 2],
        &[0x1c, 0x77, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0],
        &[0x12],
        &[0x1b, 1, 0x33, 1, 2],
        &[0],
    ]
    .concat();
    let read = binary_struct(&binary).unwrap();
    assert_eq!((read.int(1), &*read.text(2), read.int(5)), (5, "ab", 0));
    assert_eq!(read.get(3), Some(&Thrift::List(vec![Thrift::Bool(true), Thrift::Bool(false)])));
    assert_eq!(read.fields(4).unwrap().double(7), 1.5);
    assert_eq!((read.get(6), read.int(9)), (Some(&Thrift::Map), 0));
    assert_eq!(call(&compact).unwrap(), ("call", read.clone()));
    let strict = [&[0x80, 1, 0, 4, 0, 0, 0, 4][..], b"call", &[0, 0, 0, 1], &binary].concat();
    assert_eq!(call(&strict).unwrap(), ("call", read.clone()));
    let plain = [&[0, 0, 0, 4][..], b"call", &[4, 0, 0, 0, 1], &binary].concat();
    assert_eq!(call(&plain).unwrap(), ("call", read));
}

#[test]
fn announced_lengths_cost_nothing() {
    for bytes in [&[15, 0, 1, 2, 0x7f, 0xff, 0xff, 0xff][..], &[11, 0, 1, 0x7f, 0xff, 0xff, 0xff]] {
        binary_struct(bytes).unwrap_err();
    }
    let deep = [12, 0, 1].repeat(1000);
    assert_eq!(binary_struct(&deep), Err(WireError::TooDeep { limit: MAX_DEPTH }));
}

proptest! {
    #[test]
    fn any_bytes_end_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = (binary_struct(&bytes), binary_list(&bytes), call(&bytes));
        let message = [&[MESSAGE, 0x21, 1, 0][..], &bytes].concat();
        let _ = call(&message);
    }
}
