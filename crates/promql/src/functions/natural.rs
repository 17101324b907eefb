//! Order of label values as people expect it: `cpu2` before `cpu10`.

use std::cmp::Ordering;

/// Compares runs of digits as numbers and everything else as text.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (chunks(a), chunks(b));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) => match chunk_order(x, y) {
                Ordering::Equal => {}
                order => return order,
            },
        }
    }
}

fn chunk_order(a: &str, b: &str) -> Ordering {
    let number = |s: &str| s.starts_with(|c: char| c.is_ascii_digit());
    if !number(a) || !number(b) {
        return a.cmp(b);
    }
    let (short_a, short_b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    short_a.len().cmp(&short_b.len()).then_with(|| short_a.cmp(short_b)).then_with(|| a.len().cmp(&b.len()))
}

/// Runs of digits and of everything else.
fn chunks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let digit = rest.chars().next()?.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digit).unwrap_or(rest.len());
        let (chunk, tail) = rest.split_at(end);
        rest = tail;
        Some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_numbers() {
        assert_eq!(compare("cpu2", "cpu10"), Ordering::Less);
        assert_eq!(compare("4m600", "4m1000"), Ordering::Less);
        assert_eq!(compare("1.2.3", "1.11.3"), Ordering::Less);
        assert_eq!(compare("a", "a"), Ordering::Equal);
        assert_eq!(compare("", "a"), Ordering::Less);
    }
}
