//! A plan as an indented tree.

use super::{Instant, Kind, Node, Part, Plan, Range, RangeSource};
use crate::syntax::printer::matching;
use contract::Need;
use query::{Grid, duration};
use std::fmt;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} on {}", self.value_type.as_str(), grid(&self.grid))?;
        for (number, select) in self.selects.iter().enumerate() {
            let need = match select.need {
                Need::Samples => "",
                Need::Last => ", the last samples",
                Need::Times => ", times alone",
            };
            let (start, end) = (select.start, select.end);
            writeln!(f, "select #{number} {:?} from {start} to {end}{need}", select.matchers)?;
        }
        write_node(f, &self.root, 0)
    }
}

fn grid(grid: &Grid) -> String {
    if grid.is_instant() {
        return format!("{}", grid.start);
    }
    format!("{}..{} step {}", grid.start, grid.end, duration::format(grid.step))
}

fn modifiers(offset: i64, at: Option<i64>) -> String {
    let at = at.map(|at| format!(" @{at}")).unwrap_or_default();
    let offset = if offset == 0 { String::new() } else { format!(" offset {}", duration::format(offset)) };
    format!("{at}{offset}")
}

fn instant(i: &Instant) -> String {
    let smoothed = if i.smoothed { " smoothed" } else { "" };
    let stats = if i.stats_only { " stats-only" } else { "" };
    format!("#{}{}{smoothed}{stats}", i.select, modifiers(i.offset, i.at))
}

fn range(r: &Range) -> String {
    let length = duration::format(r.range);
    let rest = modifiers(r.offset, r.at);
    match &r.source {
        RangeSource::Select(select) => {
            let extended = if r.anchored {
                " anchored"
            } else if r.smoothed {
                " smoothed"
            } else {
                ""
            };
            let stats = if r.stats_only { " stats-only" } else { "" };
            format!("#{select}[{length}]{extended}{rest}{stats}")
        }
        RangeSource::Subquery(_, inner) => format!("subquery [{length}] on {}{rest}", grid(inner)),
    }
}

fn write_node(f: &mut fmt::Formatter<'_>, node: &Node, level: usize) -> fmt::Result {
    let lead = "  ".repeat(level);
    let mut children: Vec<&Node> = Vec::new();
    let line = match &node.kind {
        Kind::Number(value) => format!("number {value}"),
        Kind::Text(text) => format!("string {:?}", text.value),
        Kind::Instant(i) => match i.part {
            Part::Value => format!("instant {}", instant(i)),
            Part::Time => format!("times of instant {}", instant(i)),
            Part::Start => format!("start timestamps of instant {}", instant(i)),
        },
        Kind::Range(r) => {
            children.extend(inner(r));
            format!("range {}", range(r))
        }
        Kind::Call(function, args) => {
            children.extend(args);
            format!("call {}", function.name)
        }
        Kind::RangeCall(call) => {
            children.extend(inner(&call.range));
            children.extend(&call.args);
            format!("call {} over {}", call.function.name, range(&call.range))
        }
        Kind::Info(info) => {
            children.push(&info.base);
            format!("info from {}", instant(&info.series))
        }
        Kind::Aggregate(a) => {
            children.extend(a.param.iter().chain([&a.input]));
            let how = if a.grouping.without { "without" } else { "by" };
            format!("aggregate {} {how} ({})", a.op.as_str(), a.grouping.labels.join(", "))
        }
        Kind::Binary(o) => {
            children.extend([&o.lhs, &o.rhs]);
            let return_bool = if o.return_bool { " bool" } else { "" };
            format!("operator {}{return_bool}{}", o.op.as_str(), matching(&o.matching))
        }
        Kind::Negate(operand) => {
            children.push(operand);
            "negate".to_owned()
        }
        Kind::Invariant(operand) => {
            children.push(operand);
            "once".to_owned()
        }
        Kind::Shared(number, operand) => {
            children.push(operand);
            format!("shared #{number}")
        }
    };
    writeln!(f, "{lead}{line}")?;
    children.into_iter().try_for_each(|child| write_node(f, child, level + 1))
}

fn inner(r: &Range) -> Option<&Node> {
    match &r.source {
        RangeSource::Subquery(node, _) => Some(node),
        RangeSource::Select(_) => None,
    }
}
