//! Stages of a pipeline and label filters.

use super::{MAX_LINKS, Parsed, Parser};
use crate::error::ParseError;
use crate::syntax::ast::*;
use crate::syntax::lexer::Kind;
use model::{MatchOp, Matcher};

impl Parser<'_> {
    /// Stages up to what is none. `| unwrap` ends them with the bar taken: only a range may go on from there.
    pub(super) fn stages(&mut self) -> Parsed<Vec<Stage>> {
        let mut stages = Vec::new();
        loop {
            if let Some(op) = self.line_op() {
                self.advance();
                stages.push(Stage::Line(self.line_filter(op)?));
            } else if self.eat("|") {
                if self.is("unwrap") {
                    return Ok(stages);
                }
                stages.push(self.stage()?);
            } else {
                return Ok(stages);
            }
        }
    }

    fn line_op(&self) -> Option<LineOp> {
        let Kind::Symbol(symbol) = self.token.kind else { return None };
        Some(match symbol {
            "|=" => LineOp::Contains,
            "!=" => LineOp::ContainsNot,
            "|~" => LineOp::Matches,
            "!~" => LineOp::MatchesNot,
            "|>" => LineOp::Pattern,
            "!>" => LineOp::PatternNot,
            _ => return None,
        })
    }

    fn line_filter(&mut self, op: LineOp) -> Parsed<LineFilter> {
        let mut terms = vec![self.line_term()?];
        while self.eat("or") {
            terms.push(self.line_term()?);
        }
        Ok(LineFilter { op, terms })
    }

    fn line_term(&mut self) -> Parsed<LineTerm> {
        if self.is_function("ip") {
            return Ok(LineTerm { text: self.ip_range()?, ip: true });
        }
        Ok(LineTerm { text: self.text_literal(&["STRING", "ip"])?, ip: false })
    }

    fn ip_range(&mut self) -> Parsed<String> {
        self.advance();
        self.expect("(", &["("])?;
        let range = self.text_literal(&["STRING"])?;
        self.expect(")", &[")"])?;
        Ok(range)
    }

    fn stage(&mut self) -> Parsed<Stage> {
        let Kind::Symbol(symbol) = self.token.kind else {
            // Too much fits here to be listed.
            return if self.is_distinct() {
                self.advance();
                self.names().map(Stage::Distinct)
            } else if self.token.kind == Kind::Identifier {
                self.label_filter().map(Stage::Label)
            } else {
                self.unexpected(&[])
            };
        };
        match symbol {
            "(" => self.label_filter().map(Stage::Label),
            "json" => {
                self.advance();
                Ok(Stage::Json(self.extractions()?))
            }
            "logfmt" => self.logfmt(),
            "regexp" | "pattern" | "line_format" => {
                self.advance();
                let text = self.text_literal(&["STRING"])?;
                Ok(match symbol {
                    "regexp" => Stage::Regexp(text),
                    "pattern" => Stage::Pattern(text),
                    _ => Stage::LineFormat(text),
                })
            }
            "unpack" => {
                self.advance();
                Ok(Stage::Unpack)
            }
            "decolorize" => {
                self.advance();
                Ok(Stage::Decolorize)
            }
            "label_format" => self.label_format(),
            "drop" => {
                self.advance();
                self.picks().map(Stage::Drop)
            }
            "keep" => {
                self.advance();
                self.picks().map(Stage::Keep)
            }
            _ => self.unexpected(&[]),
        }
    }

    /// `distinct a`: the word is no keyword, so that it may be a label's name.
    fn is_distinct(&self) -> bool {
        self.token.kind == Kind::Identifier
            && self.word() == "distinct"
            && self.lexer.clone().next_token().kind == Kind::Identifier
    }

    fn names(&mut self) -> Parsed<Vec<String>> {
        let mut names = Vec::new();
        loop {
            names.push(self.identifier(&["IDENTIFIER"])?);
            if !self.eat(",") {
                return Ok(names);
            }
        }
    }

    fn logfmt(&mut self) -> Parsed<Stage> {
        self.advance();
        let (mut strict, mut keep_empty) = (false, false);
        while self.token.kind == Kind::Flag {
            match self.word() {
                "--strict" => strict = true,
                _ => keep_empty = true,
            }
            self.advance();
        }
        Ok(Stage::Logfmt { strict, keep_empty, fields: self.extractions()? })
    }

    /// `a="b.c", d`; a name on its own is its own path.
    fn extractions(&mut self) -> Parsed<Vec<Extraction>> {
        let mut all = Vec::new();
        if self.token.kind != Kind::Identifier {
            return Ok(all);
        }
        loop {
            let label = self.identifier(&["IDENTIFIER"])?;
            let path = if self.eat("=") { self.text_literal(&["STRING"])? } else { label.clone() };
            all.push(Extraction { label, path });
            if !self.eat(",") {
                return Ok(all);
            }
        }
    }

    fn label_format(&mut self) -> Parsed<Stage> {
        self.advance();
        let mut rules = Vec::new();
        loop {
            let label = self.identifier(&["IDENTIFIER"])?;
            self.expect("=", &["="])?;
            let value = match self.token.kind {
                Kind::Identifier => FormatValue::Rename(self.identifier(&[])?),
                _ => FormatValue::Template(self.text_literal(&["IDENTIFIER", "STRING"])?),
            };
            rules.push(FormatRule { label, value });
            if !self.eat(",") {
                return Ok(Stage::LabelFormat(rules));
            }
        }
    }

    fn picks(&mut self) -> Parsed<Vec<LabelPick>> {
        let mut picks = Vec::new();
        loop {
            let name = self.identifier(&["IDENTIFIER"])?;
            let matching = matches!(self.token.kind, Kind::Symbol("=" | "!=" | "=~" | "!~"));
            picks.push(if matching {
                let op = self.match_op(&[])?;
                let value = self.text_literal(&["STRING"])?;
                LabelPick::Matching(self.make_matcher(name, op, value)?)
            } else {
                LabelPick::Name(name)
            });
            if !self.eat(",") {
                return Ok(picks);
            }
        }
    }

    /// `and` binds closer than `or`. A comma, or nothing, between two filters is an `and` that takes all that follows:
    /// `a, b or c` is `a and (b or c)`.
    pub(super) fn label_filter(&mut self) -> Parsed<LabelFilter> {
        let mut left = self.label_filter_and()?;
        while self.eat("or") {
            self.link()?;
            let right = self.label_filter_and()?;
            left = LabelFilter::Or(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn label_filter_and(&mut self) -> Parsed<LabelFilter> {
        let mut left = self.label_filter_list()?;
        while self.eat("and") {
            self.link()?;
            let right = self.label_filter_list()?;
            left = LabelFilter::And(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn label_filter_list(&mut self) -> Parsed<LabelFilter> {
        let left = self.label_filter_unit()?;
        if !self.eat(",") && self.token.kind != Kind::Identifier && !self.is("(") {
            return Ok(left);
        }
        self.link()?;
        let right = self.label_filter()?;
        Ok(LabelFilter::And(Box::new(left), Box::new(right)))
    }

    fn label_filter_unit(&mut self) -> Parsed<LabelFilter> {
        if self.eat("(") {
            if self.open == MAX_LINKS {
                let message = format!("query is nested deeper than {MAX_LINKS} parentheses");
                return Err(ParseError::at(message, self.token.at));
            }
            self.open += 1;
            let inner = self.label_filter()?;
            self.open -= 1;
            self.expect(")", &[])?;
            return Ok(inner);
        }
        let label = self.identifier(&["IDENTIFIER", "("])?;
        let Kind::Symbol(symbol) = self.token.kind else { return self.unexpected(&[]) };
        let op = match symbol {
            "=" | "==" => CompareOp::Equal,
            "!=" => CompareOp::NotEqual,
            ">" => CompareOp::Greater,
            ">=" => CompareOp::GreaterEqual,
            "<" => CompareOp::Less,
            "<=" => CompareOp::LessEqual,
            "=~" | "!~" => {
                let op = self.match_op(&[])?;
                let value = self.text_literal(&["STRING"])?;
                // Label filters compile without a flag: `.` leaves out newlines, unlike in stream selectors.
                return Ok(LabelFilter::Text(self.make_matcher(label, op, value)?));
            }
            _ => return self.unexpected(&[]),
        };
        self.advance();
        self.label_value(label, symbol, op)
    }

    fn label_value(&mut self, label: String, symbol: &str, op: CompareOp) -> Parsed<LabelFilter> {
        let textual = matches!(symbol, "=" | "!=");
        match self.token.kind.clone() {
            Kind::Text(_) if textual => {
                let value = self.text_literal(&[])?;
                let op = if symbol == "=" { MatchOp::Equal } else { MatchOp::NotEqual };
                let matcher = Matcher::new(label, op, value).map_err(|e| ParseError::bare(e.to_string()))?;
                Ok(LabelFilter::Text(matcher))
            }
            Kind::Function if textual && self.is_function("ip") => {
                Ok(LabelFilter::Ip { label, negated: symbol == "!=", range: self.ip_range()? })
            }
            Kind::Duration(nanos) => {
                self.advance();
                Ok(LabelFilter::Duration(label, op, nanos))
            }
            Kind::Bytes(bytes) => {
                self.advance();
                Ok(LabelFilter::Bytes(label, op, bytes))
            }
            Kind::Number => Ok(LabelFilter::Number(label, op, self.number(&[])?)),
            Kind::Symbol(sign @ ("+" | "-")) => {
                self.advance();
                let value = self.number(&["NUMBER"])?;
                // Zero minus it: a zero keeps no sign, with which it would print as a duration.
                Ok(LabelFilter::Number(label, op, if sign == "-" { 0.0 - value } else { value }))
            }
            _ => self.unexpected(&[]),
        }
    }
}
