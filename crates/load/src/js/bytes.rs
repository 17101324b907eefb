//! Bytes out of JavaScript values, and into them.

use rquickjs::{ArrayBuffer, Ctx, Value};

/// The bytes of a text, an ArrayBuffer, or the part of one that a typed array or DataView shows. `None` for anything else.
pub(crate) fn of(value: &Value<'_>) -> Option<Vec<u8>> {
    if let Some(text) = value.as_string() {
        return Some(text_of(text).into_bytes());
    }
    of_buffer(value)
}

/// The bytes of an ArrayBuffer or of a view on one.
pub(crate) fn of_buffer(value: &Value<'_>) -> Option<Vec<u8>> {
    let object = value.as_object()?;
    if let Some(buffer) = ArrayBuffer::from_object(object.clone()) {
        return copy(&buffer);
    }
    let buffer: Value<'_> = object.get("buffer").ok()?;
    let all = copy(&ArrayBuffer::from_value(buffer)?)?;
    let from: usize = object.get("byteOffset").ok()?;
    let length: usize = object.get("byteLength").ok()?;
    all.get(from..from.checked_add(length)?).map(<[u8]>::to_vec)
}

/// A text as UTF-8; halves of surrogate pairs become replacement characters.
pub(crate) fn text_of(text: &rquickjs::String<'_>) -> String {
    text.to_string().unwrap_or_default()
}

/// A new ArrayBuffer.
pub(crate) fn buffer<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> rquickjs::Result<Value<'js>> {
    Ok(ArrayBuffer::new_copy(ctx.clone(), bytes)?.into_value())
}

fn copy(buffer: &ArrayBuffer<'_>) -> Option<Vec<u8>> {
    #[expect(unsafe_code, reason = "the engine offers no checked way to read a buffer")]
    // SAFETY: the bytes are copied before any JavaScript can run, so nobody changes or detaches them meanwhile.
    unsafe {
        buffer.as_bytes().map(<[u8]>::to_vec)
    }
}
