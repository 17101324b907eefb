//! Messages in a stream: each begins with its length (`17 <34>1 ...`), or ends with a newline or a zero byte.
//! Source: <https://www.rfc-editor.org/rfc/rfc6587>

use crate::error::WireError;

/// Cuts a stream into messages. Which way a message stands is told by its first byte, so one connection may mix both.
#[derive(Debug)]
pub struct Frames {
    held: Vec<u8>,
    longest: usize,
}

/// The digits of a length, at most: more than 9 are no length that fits in memory.
const MAX_DIGITS: usize = 9;

impl Frames {
    /// Messages of at most `longest` bytes.
    pub fn new(longest: usize) -> Self {
        Frames { held: Vec::new(), longest }
    }

    /// Adds what was read from the stream and hands over each message that is whole. After an error nothing that follows
    /// can be told apart: the connection is to be closed.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), WireError> {
        self.held.extend_from_slice(bytes);
        let mut from = 0;
        while let Some((message, taken)) = next(&self.held[from..], self.longest)? {
            if !message.is_empty() {
                each(message);
            }
            from += taken;
        }
        self.held.drain(..from);
        Ok(())
    }

    /// The stream ended: what is left is a message without an end.
    pub fn finish(&mut self, mut each: impl FnMut(&[u8])) {
        let left = std::mem::take(&mut self.held);
        if left.first() == Some(&b'<') {
            each(&left);
        }
    }
}

/// The first message that is whole, and the bytes it takes with its frame.
fn next(held: &[u8], longest: usize) -> Result<Option<(&[u8], usize)>, WireError> {
    let too_long = || WireError::Value(format!("syslog: a message is longer than {longest} bytes"));
    if !held.first().is_some_and(u8::is_ascii_digit) {
        let end = held.iter().position(|byte| matches!(byte, b'\n' | 0));
        return match end {
            Some(end) if end <= longest => Ok(Some((&held[..end], end + 1))),
            None if held.len() <= longest => Ok(None),
            _ => Err(too_long()),
        };
    }
    let digits = held.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match held.get(digits) {
        None if digits <= MAX_DIGITS => return Ok(None),
        Some(b' ') if digits <= MAX_DIGITS => {}
        _ => {
            return Err(WireError::Value(
                "syslog: expected a length and a blank before a message".to_owned(),
            ));
        }
    }
    let length = held[..digits].iter().fold(0usize, |sum, byte| sum * 10 + usize::from(byte - b'0'));
    if length > longest {
        return Err(too_long());
    }
    let (from, end) = (digits + 1, digits + 1 + length);
    Ok(held.get(from..end).map(|message| (message, end)))
}
