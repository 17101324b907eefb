//! Passwords of users, kept as PBKDF2-HMAC-SHA256 (RFC 8018, section 5.2) with a salt each.
//!
//! ```text
//! pbkdf2-sha256$600000$BASE64(salt)$BASE64(key of 32 bytes)
//! ```
//! Invariant: what is kept tells nobody the password, and a comparison takes the same time however much of it is right.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::pbkdf2;
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};
use std::fmt;
use std::num::NonZeroU32;

static ALGORITHM: pbkdf2::Algorithm = pbkdf2::PBKDF2_HMAC_SHA256;

/// A guess costs a core about a tenth of a second: what OWASP asked for in 2023.
const ROUNDS: NonZeroU32 = NonZeroU32::new(600_000).unwrap();
/// Of a password that stands in the configuration as it is: whoever reads the configuration has it, and a start is no wait.
const ROUNDS_OF_PLAIN: NonZeroU32 = NonZeroU32::new(10_000).unwrap();
/// What a configured hash may ask for: fewer rounds protect nothing, more make every login a wait of seconds.
const ALLOWED_ROUNDS: std::ops::RangeInclusive<u32> = 1_000..=10_000_000;
const SCHEME: &str = "pbkdf2-sha256";
const SALT_BYTES: usize = 16;
const KEY_BYTES: usize = 32;

/// What is kept of a password.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    rounds: NonZeroU32,
    salt: Vec<u8>,
    key: [u8; KEY_BYTES],
}

impl PasswordHash {
    /// The hash to keep of a password, for files.
    pub fn of(password: &str) -> Self {
        Self::with(password, fresh_bytes()[..SALT_BYTES].to_vec(), ROUNDS)
    }

    /// The hash of the password that the configuration holds as it is for a user: the same in every process that reads it, so
    /// that sessions outlive a restart. It is kept in memory only.
    pub fn of_plain(user: &str, password: &str) -> Self {
        Self::with(password, Sha256::digest(user.as_bytes())[..SALT_BYTES].to_vec(), ROUNDS_OF_PLAIN)
    }

    fn with(password: &str, salt: Vec<u8>, rounds: NonZeroU32) -> Self {
        let key = derive(password.as_bytes(), &salt, rounds);
        PasswordHash { rounds, salt, key }
    }

    /// A hash as [`Display`](fmt::Display) writes it; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = || format!("expected {SCHEME}$ROUNDS$SALT$KEY, as `oriel config password` prints it");
        let parts: Vec<&str> = text.trim().split('$').collect();
        let [SCHEME, rounds, salt, key] = parts[..] else { return Err(expected()) };
        let rounds: NonZeroU32 = rounds.parse().map_err(|_| expected())?;
        if !ALLOWED_ROUNDS.contains(&rounds.get()) {
            let (least, most) = ALLOWED_ROUNDS.into_inner();
            return Err(format!("{rounds} rounds: expected {least} to {most}"));
        }
        let bytes = |part: &str| STANDARD_NO_PAD.decode(part.trim_end_matches('=')).map_err(|_| expected());
        let key = bytes(key)?.try_into().map_err(|_| expected())?;
        Ok(PasswordHash { rounds, salt: bytes(salt)?, key })
    }

    /// Whether it is the hash of this password. Takes a core as long as the rounds say: not for a thread that serves.
    pub fn is_of(&self, password: &str) -> bool {
        pbkdf2::verify(ALGORITHM, self.rounds, &self.salt, password.as_bytes(), &self.key).is_ok()
    }

    /// How much a guess costs.
    pub(super) fn rounds(&self) -> u32 {
        self.rounds.get()
    }
}

/// Whether a password is that of a hash, and after how many rounds: at least `least`, so that time tells neither a name that is
/// none nor one with a cheaper hash.
pub(super) fn judge(hash: Option<&PasswordHash>, password: &str, least: u32) -> (bool, u32) {
    let is_right = hash.is_some_and(|hash| hash.is_of(password));
    let taken = hash.map_or(0, PasswordHash::rounds);
    let Some(left) = NonZeroU32::new(least.saturating_sub(taken)) else { return (is_right, taken) };
    std::hint::black_box(derive(password.as_bytes(), &[0; SALT_BYTES], left));
    (is_right, taken + left.get())
}

impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
        write!(f, "{SCHEME}${}${}${}", self.rounds, text(&self.salt), text(&self.key))
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash({} rounds)", self.rounds)
    }
}

fn derive(password: &[u8], salt: &[u8], rounds: NonZeroU32) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    pbkdf2::derive(ALGORITHM, rounds, salt, password, &mut key);
    key
}

/// Bytes that nobody guesses, for salts and for what a browser shows instead of a password.
pub(super) fn fresh_bytes() -> [u8; KEY_BYTES] {
    let mut bytes = [0; KEY_BYTES];
    SystemRandom::new().fill(&mut bytes).expect("the operating system has random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 7914, section 11; the first 32 bytes of each.
    #[test]
    fn keys_are_those_of_the_standard() {
        let hex = |key: [u8; KEY_BYTES]| key.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(
            hex(derive(b"passwd", b"salt", NonZeroU32::MIN)),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        );
        assert_eq!(
            hex(derive(b"Password", b"NaCl", NonZeroU32::new(80_000).unwrap())),
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
        );
    }

    #[test]
    fn a_hash_knows_its_password_alone_and_says_no_more() {
        for password in [
            "s3cret",
            "",
            "a longer one than a block of SHA-256 has bytes, which is hashed before it is filled up",
        ] {
            let hash = PasswordHash::of_plain("ada", password);
            let read = PasswordHash::parse(&hash.to_string()).unwrap();
            assert_eq!(read, hash);
            assert!(read.is_of(password) && !read.is_of("other"), "{password}");
            assert_eq!(format!("{read:?}"), "PasswordHash(10000 rounds)");
        }
        assert_ne!(PasswordHash::of_plain("ada", "x"), PasswordHash::of_plain("bob", "x"), "salted");
        assert_eq!(PasswordHash::of_plain("ada", "x"), PasswordHash::of_plain("ada", "x"), "after a restart");
    }

    #[test]
    fn every_guess_takes_as_many_rounds() {
        let costly = PasswordHash::with("x", vec![1], NonZeroU32::new(20_000).unwrap());
        let plain = PasswordHash::of_plain("ada", "x");
        for (hash, password, is_right) in [
            (Some(&costly), "x", true),
            (Some(&plain), "x", true),
            (Some(&plain), "y", false),
            (None, "x", false),
        ] {
            assert_eq!(judge(hash, password, 20_000), (is_right, 20_000), "{hash:?} {password}");
        }
    }

    #[test]
    fn what_is_no_hash_is_said() {
        for text in [
            "",
            "s3cret",
            "pbkdf2-sha256$x$AA$AA",
            "pbkdf2-sha256$10000$AA$AA",
            "bcrypt$10000$AA$AA",
            "pbkdf2-sha256$10000$!$AA",
        ] {
            assert!(PasswordHash::parse(text).unwrap_err().contains("pbkdf2-sha256$ROUNDS"), "{text}");
        }
        let weak = PasswordHash::with("x", vec![1], NonZeroU32::new(999).unwrap()).to_string();
        assert!(PasswordHash::parse(&weak).unwrap_err().contains("999 rounds"));
    }
}
