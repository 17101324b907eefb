//! Native functions of `k6/crypto`: digests, HMAC, random bytes, and how results are written.

use super::api::throw;
use super::bytes;
use super::host::Host;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use md4::Md4;
use md5::{Digest, Md5};
use ripemd::Ripemd160;
use rquickjs::{Ctx, Function, Object, Value};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512, Sha512_224, Sha512_256};
use std::fmt::Write as _;
use std::rc::Rc;

/// 64 MiB: more random bytes than a script can want at once.
const MAX_RANDOM: f64 = 67_108_864.0;

pub(crate) fn install<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, native: &Object<'js>) -> rquickjs::Result<()> {
    native.set(
        "digest",
        Function::new(ctx.clone(), |ctx: Ctx<'js>, name: String, parts: Vec<Value<'js>>| {
            let input = joined(&ctx, &parts)?;
            let found =
                digest(&name, &input).ok_or_else(|| throw(&ctx, &format!("invalid algorithm: {name}")))?;
            bytes::buffer(&ctx, &found)
        })?,
    )?;
    native.set(
        "hmac",
        Function::new(
            ctx.clone(),
            |ctx: Ctx<'js>, name: String, secret: Value<'js>, parts: Vec<Value<'js>>| {
                let (key, input) = (joined(&ctx, &[secret])?, joined(&ctx, &parts)?);
                let found = authenticate(&name, &key, &input)
                    .ok_or_else(|| throw(&ctx, &format!("invalid algorithm: {name}")))?;
                bytes::buffer(&ctx, &found)
            },
        )?,
    )?;
    native.set(
        "encode",
        Function::new(ctx.clone(), |ctx: Ctx<'js>, input: Value<'js>, encoding: String| {
            use rquickjs::IntoJs;
            let raw = joined(&ctx, &[input])?;
            match encoding.as_str() {
                "hex" => hex(&raw).into_js(&ctx),
                "base64" => STANDARD.encode(raw).into_js(&ctx),
                "base64url" => URL_SAFE.encode(raw).into_js(&ctx),
                "base64rawurl" => URL_SAFE_NO_PAD.encode(raw).into_js(&ctx),
                "binary" => bytes::buffer(&ctx, &raw),
                other => Err(throw(&ctx, &format!("invalid output encoding: {other}"))),
            }
        })?,
    )?;
    native.set(
        "copy",
        Function::new(ctx.clone(), |ctx: Ctx<'js>, input: Value<'js>| {
            let raw = joined(&ctx, &[input])?;
            bytes::buffer(&ctx, &raw)
        })?,
    )?;
    let h = Rc::clone(host);
    native.set(
        "randomBytes",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, size: f64| {
            let mut out = vec![0; size.clamp(0.0, MAX_RANDOM) as usize];
            h.rng.borrow_mut().fill(&mut out);
            bytes::buffer(&ctx, &out)
        })?,
    )
}

fn joined(ctx: &Ctx<'_>, parts: &[Value<'_>]) -> rquickjs::Result<Vec<u8>> {
    let mut out = Vec::new();
    for part in parts {
        let wrong = || throw(ctx, "invalid type: expected a string or an ArrayBuffer");
        out.append(&mut bytes::of(part).ok_or_else(wrong)?);
    }
    Ok(out)
}

/// The digest of `input`. `None` for an unknown algorithm.
fn digest(name: &str, input: &[u8]) -> Option<Vec<u8>> {
    Some(match name {
        "md4" => Md4::digest(input).to_vec(),
        "md5" => Md5::digest(input).to_vec(),
        "sha1" => Sha1::digest(input).to_vec(),
        "sha256" => Sha256::digest(input).to_vec(),
        "sha384" => Sha384::digest(input).to_vec(),
        "sha512" => Sha512::digest(input).to_vec(),
        "sha512_224" => Sha512_224::digest(input).to_vec(),
        "sha512_256" => Sha512_256::digest(input).to_vec(),
        "ripemd160" => Ripemd160::digest(input).to_vec(),
        _ => return None,
    })
}

/// The HMAC of `input`. `None` for an unknown algorithm.
fn authenticate(name: &str, key: &[u8], input: &[u8]) -> Option<Vec<u8>> {
    fn with<M: Mac + KeyInit>(key: &[u8], input: &[u8]) -> Option<Vec<u8>> {
        let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
        mac.update(input);
        Some(mac.finalize().into_bytes().to_vec())
    }
    match name {
        "md4" => with::<Hmac<Md4>>(key, input),
        "md5" => with::<Hmac<Md5>>(key, input),
        "sha1" => with::<Hmac<Sha1>>(key, input),
        "sha256" => with::<Hmac<Sha256>>(key, input),
        "sha384" => with::<Hmac<Sha384>>(key, input),
        "sha512" => with::<Hmac<Sha512>>(key, input),
        "sha512_224" => with::<Hmac<Sha512_224>>(key, input),
        "sha512_256" => with::<Hmac<Sha512_256>>(key, input),
        "ripemd160" => with::<Hmac<Ripemd160>>(key, input),
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        for (name, wanted) in [
            ("md4", "a448017aaf21d8525fc10ae87aa6729d"),
            ("md5", "900150983cd24fb0d6963f7d28e17f72"),
            ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("ripemd160", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
        ] {
            assert_eq!(digest(name, b"abc").map(|d| hex(&d)).as_deref(), Some(wanted), "{name}");
        }
        assert_eq!(digest("nope", b""), None);
        // RFC 4231, test case 2.
        let mac = authenticate("sha256", b"Jefe", b"what do ya want for nothing?").unwrap();
        assert_eq!(hex(&mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
