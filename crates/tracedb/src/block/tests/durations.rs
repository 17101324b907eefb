//! Granules without spans as long as a query wants, once one has looked.

use super::*;

#[test]
fn a_granule_is_left_out_once_its_durations_are_known() {
    let trace = |n: u32| {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&n.to_be_bytes());
        let span = Span { trace_id: TraceId(id), end: Nanos(i64::from(n) + 10), ..Span::default() };
        (TraceId(id), vec![Row { origin: Arc::default(), span: Arc::new(span) }])
    };
    // 4,096 spans of 10 to 4,105 nanoseconds, and the others.
    let block = build(&(0..6_000).map(trace).collect::<Vec<_>>());
    let left_out = |op: ConditionOp, nanos: i64, look: bool| -> Vec<bool> {
        let attribute = Attribute::Intrinsic(Intrinsic::Duration);
        let condition = Condition { attribute, op, operand: Operand::Value(Value::Int(nanos)) };
        let tests = BlockTests::new(&block.index, &Arc::new(Predicates::compile(&[condition], true)));
        let of = |granule: &Granule| {
            if look {
                tests.traces(&block.index, granule, &some_pages(&block, granule, &tests.pages())).unwrap();
            }
            tests.hopeless_in(granule)
        };
        block.index.granules.iter().map(of).collect()
    };
    use ConditionOp::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    assert_eq!(left_out(Greater, 10_000, false), [false, false], "nobody has looked");
    assert_eq!(left_out(Greater, 10_000, true), [true, true]);
    for (op, nanos, expected) in [
        (Greater, 4_105, [true, false]),
        (GreaterEqual, 4_105, [false, false]),
        (Less, 4_106, [false, true]),
        (LessEqual, 9, [true, true]),
        (Equal, 1, [false, false]),
        (NotEqual, 1, [false, false]),
    ] {
        assert_eq!(left_out(op, nanos, false), expected, "{op:?} {nanos}");
    }
}
