//! A cookie jar: what `Set-Cookie` stored and what a request to an address sends, in the order it was stored.
//! Source: RFC 6265 section 5.

use super::url::Url;
use stdx::Clock;

/// A cookie as `Set-Cookie` wrote it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SetCookie {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) domain: String,
    pub(crate) path: String,
    pub(crate) http_only: bool,
    pub(crate) secure: bool,
    /// Seconds; 0 when it is not written.
    pub(crate) max_age: i64,
    /// Milliseconds since 1970; 0 when it is not written.
    pub(crate) expires: i64,
}

/// Cookies of one VU.
#[derive(Debug, Clone, Default)]
pub(crate) struct Jar(Vec<Stored>);

#[derive(Debug, Clone)]
struct Stored {
    cookie: SetCookie,
    /// Lower case, without a leading dot.
    domain: String,
    /// Whether hosts below `domain` get it too.
    below: bool,
    path: String,
    /// Milliseconds since 1970.
    until: Option<i64>,
}

/// 3 000 cookies a jar, as browsers allow; the oldest goes.
const MAX_COOKIES: usize = 3_000;

impl SetCookie {
    /// Reads a `Set-Cookie` header. `None` when it has no name.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        let mut parts = header.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let value = value.trim();
        let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
        let mut cookie =
            SetCookie { name: name.trim().to_owned(), value: value.to_owned(), ..SetCookie::default() };
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "domain" => value.clone_into(&mut cookie.domain),
                "path" => value.clone_into(&mut cookie.path),
                "httponly" => cookie.http_only = true,
                "secure" => cookie.secure = true,
                "max-age" => match value.parse::<i64>() {
                    Ok(seconds) if seconds <= 0 => cookie.max_age = -1,
                    Ok(seconds) => cookie.max_age = seconds,
                    Err(_) => {}
                },
                "expires" => cookie.expires = read_date(value).unwrap_or(0),
                _ => {}
            }
        }
        Some(cookie).filter(|c| !c.name.is_empty())
    }
}

/// Reads `Mon, 02 Jan 2006 15:04:05 GMT` (blanks may be dashes), as milliseconds since 1970.
pub(crate) fn read_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let parts: Vec<&str> = text.split([' ', '-', ',', ':']).filter(|p| !p.is_empty()).collect();
    let [_, day, month, year, hour, minute, second, ..] = parts.as_slice() else { return None };
    let month = month.get(..3)?.to_ascii_lowercase();
    let month = i8::try_from(MONTHS.iter().position(|m| *m == month)? + 1).ok()?;
    let mut year: i16 = year.parse().ok()?;
    if year < 100 {
        year += if year < 70 { 2000 } else { 1900 };
    }
    let time = jiff::civil::DateTime::new(
        year,
        month,
        day.parse().ok()?,
        hour.parse().ok()?,
        minute.parse().ok()?,
        second.parse().ok()?,
        0,
    );
    Some(jiff::tz::TimeZone::UTC.to_timestamp(time.ok()?).ok()?.as_millisecond())
}

impl Jar {
    /// Stores what an answer from `url` set.
    pub(crate) fn store(&mut self, url: &Url, cookie: SetCookie, clock: &Clock) {
        let host = url.host.to_ascii_lowercase();
        let domain = cookie.domain.trim_start_matches('.').to_ascii_lowercase();
        if !domain.is_empty() && domain != host && !is_below(&host, &domain) {
            return;
        }
        let is_address = host.parse::<std::net::IpAddr>().is_ok();
        let below = !domain.is_empty() && !is_address;
        let domain = if domain.is_empty() { host } else { domain };
        let path = if cookie.path.starts_with('/') { cookie.path.clone() } else { default_path(&url.path) };
        let now = clock.now_millis();
        let until = match (cookie.max_age, cookie.expires) {
            (0, 0) => None,
            (0, expires) => Some(expires),
            (age, _) if age < 0 => Some(i64::MIN),
            (age, _) => Some(now.saturating_add(age.saturating_mul(1000))),
        };
        let same = |s: &Stored| s.cookie.name == cookie.name && s.domain == domain && s.path == path;
        let expired = until.is_some_and(|t| t <= now);
        match self.0.iter().position(same) {
            Some(at) if expired => drop(self.0.remove(at)),
            Some(at) => self.0[at] = Stored { cookie, domain, below, path, until },
            None if expired => {}
            None => {
                if self.0.len() >= MAX_COOKIES {
                    self.0.remove(0);
                }
                self.0.push(Stored { cookie, domain, below, path, until });
            }
        }
    }

    /// Name and value of the cookies for `url`: longer paths first, then as they were stored.
    pub(crate) fn cookies_for(&self, url: &Url, clock: &Clock) -> Vec<(String, String)> {
        let host = url.host.to_ascii_lowercase();
        let path = if url.path.is_empty() { "/" } else { &url.path };
        let now = clock.now_millis();
        // Plain HTTP to this host counts as safe for `Secure` cookies, as the replaced runner does it.
        let safe = matches!(url.scheme.as_str(), "https" | "wss") || is_loopback(&host);
        let fits = |s: &&Stored| {
            (s.domain == host || (s.below && is_below(&host, &s.domain)))
                && path_matches(path, &s.path)
                && s.until.is_none_or(|t| t > now)
                && (!s.cookie.secure || safe)
        };
        let mut found: Vec<&Stored> = self.0.iter().filter(fits).collect();
        found.sort_by_key(|s| std::cmp::Reverse(s.path.len()));
        found.into_iter().map(|s| (s.cookie.name.clone(), s.cookie.value.clone())).collect()
    }

    /// Removes a cookie from those that `url` would get.
    pub(crate) fn delete(&mut self, url: &Url, name: &str) {
        let host = url.host.to_ascii_lowercase();
        self.0.retain(|s| s.cookie.name != name || !(s.domain == host || is_below(&host, &s.domain)));
    }

    /// Removes all cookies that `url` would get.
    pub(crate) fn clear(&mut self, url: &Url) {
        let host = url.host.to_ascii_lowercase();
        self.0.retain(|s| s.domain != host && !is_below(&host, &s.domain));
    }

    /// Removes everything.
    pub(crate) fn reset(&mut self) {
        self.0.clear();
    }
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|a| a.is_loopback())
}

fn default_path(path: &str) -> String {
    match path.rfind('/') {
        Some(at) if at > 0 && path.starts_with('/') => path[..at].to_owned(),
        _ => "/".to_owned(),
    }
}

fn path_matches(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || prefix.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(at: &str, set: &[&str], asked: &str) -> String {
        let clock = Clock::manual(1_000_000_000_000_000_000);
        let mut jar = Jar::default();
        for header in set {
            jar.store(&Url::parse(at).unwrap(), SetCookie::parse(header).unwrap(), &clock);
        }
        let found = jar.cookies_for(&Url::parse(asked).unwrap(), &clock);
        found.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn paths_domains_and_expiry() {
        assert_eq!(check("http://h/a/b", &["x=1", "y=2; Path=/"], "http://h/a/c"), "x=1; y=2");
        assert_eq!(check("http://h/a/b", &["x=1"], "http://h/ab"), "");
        assert_eq!(check("http://a.h.t/", &["x=1; Domain=.h.t", "y=2"], "http://b.h.t/"), "x=1");
        assert_eq!(check("http://a.t/", &["x=1; Domain=b.t"], "http://b.t/"), "");
        assert_eq!(check("http://h/", &["x=1", "x=; Max-Age=0"], "http://h/"), "");
        assert_eq!(check("http://h/", &["x=1; Expires=Sat, 02 Jan 1999 15:04:05 GMT"], "http://h/"), "");
        assert_eq!(
            check("http://h/", &["x=1; Expires=Wed, 01-Jan-2070 00:00:00 GMT; Secure"], "https://h/"),
            "x=1"
        );
        assert_eq!(check("http://h/", &["x=1; Secure"], "http://h/"), "");
        assert_eq!(check("http://h/", &["x=\"1\"", "x=2"], "http://h/"), "x=2");
    }

    proptest! {
        #[test]
        fn no_header_panics(text in "[ -~]{0,40}") {
            let _ = SetCookie::parse(&text);
            let _ = read_date(&text);
        }
    }
}
