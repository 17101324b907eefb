//! `ip("10.0.0.0/8")`: addresses in a line or a label, and whether one lies in a range.

use std::net::{IpAddr, Ipv6Addr};

/// An inclusive range of addresses of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IpRange {
    low: IpAddr,
    high: IpAddr,
}

impl IpRange {
    /// An address, `low-high`, or a prefix.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some((low, high)) = text.split_once('-') {
            let (low, high) = (low.parse().ok()?, high.parse().ok()?);
            let same = matches!((low, high), (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)));
            return (same && low <= high).then_some(IpRange { low, high });
        }
        if let Some((address, bits)) = text.split_once('/') {
            return Self::prefix(address.parse().ok()?, bits.parse().ok()?);
        }
        let address = text.parse().ok()?;
        Some(IpRange { low: address, high: address })
    }

    fn prefix(address: IpAddr, bits: u32) -> Option<Self> {
        match address {
            IpAddr::V4(v4) if bits <= 32 => {
                let host = u32::MAX.checked_shr(bits).unwrap_or(0);
                let number = u32::from(v4);
                Some(IpRange {
                    low: IpAddr::V4((number & !host).into()),
                    high: IpAddr::V4((number | host).into()),
                })
            }
            IpAddr::V6(v6) if bits <= 128 => {
                let host = u128::MAX.checked_shr(bits).unwrap_or(0);
                let number = u128::from(v6);
                Some(IpRange {
                    low: IpAddr::V6(Ipv6Addr::from(number & !host)),
                    high: IpAddr::V6(Ipv6Addr::from(number | host)),
                })
            }
            _ => None,
        }
    }

    fn contains(&self, address: IpAddr) -> bool {
        match (self.low, address) {
            (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => {
                self.low <= address && address <= self.high
            }
            _ => false,
        }
    }

    /// Whether the whole text is an address of the range, or one occurs in it.
    pub(crate) fn is_or_is_in(&self, text: &str) -> bool {
        text.parse().is_ok_and(|address| self.contains(address)) || self.found_in(text)
    }

    /// Whether an address of the range occurs in the text. Where an address may begin is told by the first bytes, as
    /// the replaced system does, so that both find the same ones.
    pub(crate) fn found_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let charset: fn(u8) -> bool = if v4_may_begin(rest) {
                |b| b.is_ascii_digit() || b == b'.'
            } else if v6_may_begin(rest) {
                |b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.')
            } else {
                at += 1;
                continue;
            };
            let length = rest.iter().position(|b| !charset(*b)).unwrap_or(rest.len());
            if let Ok(address) = text[at..at + length].parse::<IpAddr>()
                && self.contains(address)
            {
                return true;
            }
            at += length + 1;
        }
        false
    }
}

fn v4_may_begin(rest: &[u8]) -> bool {
    rest.len() > 3 && rest[0].is_ascii_digit() && rest[1..4].contains(&b'.')
}

fn v6_may_begin(rest: &[u8]) -> bool {
    if let Some(after) = rest.strip_prefix(b"::") {
        return after.first().is_some_and(u8::is_ascii_hexdigit);
    }
    let digits = rest.iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count();
    digits > 0 && rest.get(digits) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_where_they_stand() {
        let check = |range: &str, text: &str| IpRange::parse(range).unwrap().found_in(text);
        assert!(check("10.0.0.0/8", "conn src=10.1.2.3 dst=1.2.3.4"));
        assert!(check("2001:db8::/32", "from 2001:db8::7 to x"));
        assert!(check("0.0.0.0/0", "1.2.3.4") && check("10.0.0.1-10.0.0.9", "a 10.0.0.5"));
        assert!(
            IpRange::parse("::").unwrap().is_or_is_in("::"),
            "its first bytes do not tell it from other text"
        );
        assert!(check("::1", "::1") && check("::/0", "from ::1") && !check("::/0", "at 12:34"));
        assert!(!check("10.0.0.7", "::ffff:10.0.0.7") && !check("10.0.0.0/8", "11.0.0.1 10.0.0.999"));
        assert!(IpRange::parse("10.0.0.0/99").is_none() && IpRange::parse("bogus").is_none());
    }
}
