//! Field expressions: what stands between `{` and `}`, and inside of `by()` and aggregates.

use super::Parser;
use crate::error::TraceqlError;
use crate::syntax::ast::{Field, Name, Op};
use crate::syntax::names::{BARE, SCOPED, SCOPES};
use crate::syntax::token::Token;
use crate::value::Value;
use contract::SpanScope;
use model::{SpanKind, StatusCode};
use std::sync::Arc;

/// How tight an operator binds to its left side; to its right side one tighter, `^` as tight.
fn binding(op: Op) -> (u8, u8) {
    match op {
        Op::And | Op::Or => (1, 2),
        Op::Add | Op::Subtract => (5, 6),
        Op::Multiply | Op::Divide | Op::Modulo => (8, 9),
        Op::Power => (10, 10),
        _ => (3, 4),
    }
}

/// `!` binds looser than `*`, tighter than `+`.
const NOT: u8 = 7;
/// Unary `-` binds tightest.
const NEGATE: u8 = 11;

impl Parser {
    /// A field expression whose operators bind at least as tight as `least`; 0 for all.
    pub(super) fn field(&mut self, least: u8) -> Result<Field, TraceqlError> {
        self.nested(|parser| {
            let mut left = parser.operand()?;
            loop {
                let Token::Sign(sign) = *parser.peek() else { return Ok(left) };
                let Some(op) = Op::binary(sign) else { return Ok(left) };
                let (to_left, to_right) = binding(op);
                if to_left < least {
                    return Ok(left);
                }
                parser.operator()?;
                parser.at += 1;
                let right = parser.field(to_right)?;
                left = Field::Binary(Box::new(left), op, Box::new(right));
            }
        })
    }

    fn operand(&mut self) -> Result<Field, TraceqlError> {
        if self.eat("(") {
            let inner = self.field(0)?;
            self.expect(")", &[])?;
            return Ok(inner);
        }
        if self.eat("!") {
            return Ok(Field::Unary(Op::Not, Box::new(self.field(NOT)?)));
        }
        if self.peek().is("-") {
            if matches!(self.peek_at(1), Token::Integer(_) | Token::Float(_) | Token::Duration(_)) {
                return Ok(Field::Literal(self.literal()?));
            }
            self.at += 1;
            return Ok(Field::Unary(Op::Subtract, Box::new(self.field(NEGATE)?)));
        }
        if let Some(name) = self.name()? {
            return Ok(Field::Name(name));
        }
        if let Token::Identifier(name) = self.peek() {
            return Err(TraceqlError::parse(self.place(), format!("unknown identifier: {name}")));
        }
        Ok(Field::Literal(self.literal()?))
    }

    /// An attribute or intrinsic, if one starts here.
    pub(super) fn name(&mut self) -> Result<Option<Name>, TraceqlError> {
        let Token::Sign(sign) = *self.peek() else { return Ok(None) };
        if let Some((_, intrinsics)) = SCOPED.iter().find(|(scope, _)| *scope == sign) {
            self.at += 1;
            let found = intrinsics.iter().find(|(name, _)| self.peek().is(name));
            let Some((_, intrinsic)) = found else {
                let names: Vec<&str> = intrinsics.iter().map(|(name, _)| *name).collect();
                return Err(self.unexpected(if names.len() <= 4 { &names } else { &[] }));
            };
            self.at += 1;
            return Ok(Some(Name::Intrinsic(*intrinsic)));
        }
        if let Some((_, intrinsic)) = BARE.iter().find(|(name, _)| *name == sign) {
            self.at += 1;
            return Ok(Some(Name::Intrinsic(*intrinsic)));
        }
        let scope = match sign {
            "parent" => {
                self.at += 1;
                return Ok(Some(Name::Parent));
            }
            "parent." => return self.parent_attribute().map(Some),
            "." => None,
            _ => match SCOPES.iter().find(|(scope, _)| *scope == sign) {
                Some((_, scope)) => Some(*scope),
                None => return Ok(None),
            },
        };
        self.at += 1;
        Ok(Some(Name::Attribute { of_parent: false, scope, key: self.key(&["IDENTIFIER"])? }))
    }

    fn parent_attribute(&mut self) -> Result<Name, TraceqlError> {
        self.at += 1;
        let scope = match self.peek() {
            token if token.is("span.") => Some(SpanScope::Span),
            token if token.is("resource.") => Some(SpanScope::Resource),
            _ => None,
        };
        self.at += usize::from(scope.is_some());
        let expected: &[&str] = match scope {
            Some(_) => &["IDENTIFIER"],
            None => &["IDENTIFIER", "resource.", "span."],
        };
        Ok(Name::Attribute { of_parent: true, scope, key: self.key(expected)? })
    }

    fn key(&mut self, expected: &[&str]) -> Result<Arc<str>, TraceqlError> {
        let Token::Identifier(key) = self.peek().clone() else { return Err(self.unexpected(expected)) };
        self.at += 1;
        if *self.peek() != Token::EndAttribute {
            return Err(self.unexpected(&["END_ATTRIBUTE"]));
        }
        self.at += 1;
        Ok(Arc::from(key))
    }

    /// A literal. A sign before a number belongs to it.
    pub(super) fn literal(&mut self) -> Result<Value, TraceqlError> {
        let negative = self.peek().is("-");
        if negative && matches!(self.peek_at(1), Token::Integer(_) | Token::Float(_) | Token::Duration(_)) {
            self.at += 1;
            return Ok(self.literal()?.negate());
        }
        let value = match self.peek().clone() {
            Token::Text(text) => Value::text(text),
            Token::Integer(int) => Value::Int(int),
            Token::Float(float) => Value::Float(float),
            Token::Duration(nanos) => Value::Duration(nanos),
            Token::Sign(sign) => match sign {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "nil" => Value::Nil,
                "minInt" => Value::Int(i64::MIN),
                "maxInt" => Value::Int(i64::MAX),
                "ok" => Value::Status(StatusCode::Ok),
                "error" => Value::Status(StatusCode::Error),
                "unset" => Value::Status(StatusCode::Unset),
                "unspecified" => Value::Kind(SpanKind::Unspecified),
                "internal" => Value::Kind(SpanKind::Internal),
                "server" => Value::Kind(SpanKind::Server),
                "client" => Value::Kind(SpanKind::Client),
                "producer" => Value::Kind(SpanKind::Producer),
                "consumer" => Value::Kind(SpanKind::Consumer),
                _ => return Err(self.unexpected(&[])),
            },
            _ => return Err(self.unexpected(&[])),
        };
        self.at += 1;
        Ok(value)
    }
}
