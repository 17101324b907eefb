//! How well a text fits what is searched: 1 is perfect, and what does not fit has no score.
//!
//! *Subsequence*: the letters occur in order; long runs count by their square, gaps before and between runs cost their share
//! of the text, what follows the last run costs half of that. *Jaro-Winkler*: texts that contain the letters fit; others by
//! their similarity, when a threshold asks for similar ones.

/// How similarity is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// All letters in order.
    Subsequence,
    /// Contained, or similar by letters in common, more so at the front.
    JaroWinkler,
}

/// A score that a text must reach to fit as one that only contains the letters.
const CONTAINED: f64 = 0.9;
/// Letters of a common prefix that count, and the share of what is missing that each gives back.
const PREFIX: usize = 4;
const PREFIX_WEIGHT: f64 = 0.1;

/// What is searched: any of the texts.
#[derive(Debug, Clone)]
pub(super) struct Search {
    texts: Vec<String>,
    algorithm: Algorithm,
    threshold: f64,
    case_sensitive: bool,
}

impl Search {
    pub(super) fn new(texts: &[&str], algorithm: Algorithm, threshold: f64, case_sensitive: bool) -> Search {
        let folded = |text: &&str| if case_sensitive { (*text).to_owned() } else { text.to_lowercase() };
        Search { texts: texts.iter().map(folded).collect(), algorithm, threshold, case_sensitive }
    }

    /// The best score of any text searched; `None` when none fits. Everything fits a search for nothing.
    pub(super) fn score(&self, text: &str) -> Option<f64> {
        if self.texts.is_empty() {
            return Some(1.0);
        }
        let folded = (!self.case_sensitive).then(|| text.to_lowercase());
        let text = folded.as_deref().unwrap_or(text);
        self.texts.iter().filter_map(|wanted| self.one(wanted, text)).reduce(f64::max)
    }

    fn one(&self, wanted: &str, text: &str) -> Option<f64> {
        if text.starts_with(wanted) {
            return Some(1.0);
        }
        let score = match self.algorithm {
            Algorithm::Subsequence => subsequence(wanted, text)?,
            Algorithm::JaroWinkler if text.contains(wanted) => return Some(CONTAINED),
            Algorithm::JaroWinkler if self.threshold == 0.0 => return None,
            Algorithm::JaroWinkler => jaro_winkler(wanted, text),
        };
        (score >= self.threshold).then_some(score)
    }
}

/// The best score of any place where the letters of `wanted` begin in `text`; `None` when they do not occur in order.
fn subsequence(wanted: &str, text: &str) -> Option<f64> {
    let (wanted, text): (Vec<char>, Vec<char>) = (wanted.chars().collect(), text.chars().collect());
    let last = text.len().checked_sub(wanted.len())?;
    let starts = (0..=last).filter(|at| text[*at] == wanted[0]);
    // Where the letters cannot be found from one start, they cannot from a later one.
    let best = starts.map_while(|start| from(&wanted, &text, start)).reduce(f64::max)?;
    let most = (wanted.len() * wanted.len()) as f64;
    Some(best / most).filter(|score| *score > 0.0)
}

/// The score when the first letter is taken at `start` and each other one at its first place after.
fn from(wanted: &[char], text: &[char], start: usize) -> Option<f64> {
    let share = |letters: usize| letters as f64 / text.len() as f64;
    let (mut found, mut at, mut end, mut score) = (0, start, 0, 0.0);
    while found < wanted.len() {
        at += text[at..].iter().position(|letter| *letter == wanted[found])?;
        let run = text[at..].iter().zip(&wanted[found..]).take_while(|(a, b)| a == b).count();
        score += (run * run) as f64 - share(at - end);
        found += run;
        at += run;
        end = at;
    }
    Some(score - share(text.len() - end) / 2.0)
}

/// The similarity of Jaro, raised for a common prefix as Winkler does.
fn jaro_winkler(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let jaro = jaro(&a, &b);
    let prefix = a.iter().zip(&b).take(PREFIX).take_while(|(a, b)| a == b).count();
    jaro + prefix as f64 * PREFIX_WEIGHT * (1.0 - jaro)
}

fn jaro(a: &[char], b: &[char]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return if a.len() == b.len() { 1.0 } else { 0.0 };
    }
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut taken = vec![false; b.len()];
    let mut matched = Vec::new();
    for (at, letter) in a.iter().enumerate() {
        let range = at.saturating_sub(window)..(at + window + 1).min(b.len());
        if let Some(found) = range.into_iter().find(|i| !taken[*i] && b[*i] == *letter) {
            taken[found] = true;
            matched.push(*letter);
        }
    }
    if matched.is_empty() {
        return 0.0;
    }
    let other = b.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(letter, _)| letter);
    let swapped = matched.iter().zip(other).filter(|(a, b)| a != b).count();
    let m = matched.len() as f64;
    (m / a.len() as f64 + m / b.len() as f64 + (m - swapped as f64 / 2.0) / m) / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(wanted: &str, algorithm: Algorithm, threshold: f64, text: &str, score: Option<f64>) {
        let search = Search::new(&[wanted], algorithm, threshold, true);
        let found = search.score(text);
        let same = match (found, score) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-3,
            (a, b) => a == b,
        };
        assert!(same, "{wanted} in {text}: {found:?}, not {score:?}");
    }

    #[test]
    fn letters_in_order_fit_and_runs_count() {
        let check = |wanted, text, score| check(wanted, Algorithm::Subsequence, 0.0, text, score);
        check("node", "node_load1", Some(1.0));
        // A run of 3 after one letter of 4: (9 - 1/4) / 9.
        check("bcd", "abcd", Some(0.9722));
        // Runs of 1 and 2 with two letters between: (1 + 4 - 2/5) / 9.
        check("acd", "axxcd", Some(0.5111));
        // Half a share of what follows: (4 - 1/4 - 1/8) / 4.
        check("bc", "abcd", Some(0.9063));
        check("dc", "abcd", None);
        check("abcd", "abc", None);
        check("ü", "aü", Some(0.5));
    }

    #[test]
    fn similar_texts_fit_when_a_threshold_asks_for_them() {
        let check = |threshold, text, score| check("martha", Algorithm::JaroWinkler, threshold, text, score);
        check(0.0, "marhta", None);
        check(0.9, "marhta", Some(0.9611));
        check(0.97, "marhta", None);
        check(0.0, "a martha", Some(0.9));
        let any_case = Search::new(&["MaR", "zz"], Algorithm::JaroWinkler, 0.0, false);
        assert_eq!(any_case.score("maRtha"), Some(1.0));
    }

    proptest! {
        #[test]
        fn scores_lie_between_none_and_perfect(wanted in "[ab]{0,4}", text in "[abc]{0,6}", threshold in 0.0..1.0f64) {
            for algorithm in [Algorithm::Subsequence, Algorithm::JaroWinkler] {
                let search = Search::new(&[&wanted], algorithm, threshold, true);
                if let Some(score) = search.score(&text) {
                    prop_assert!((0.0..=1.0).contains(&score) && score >= threshold.min(CONTAINED));
                }
                prop_assert_eq!(search.score(&format!("{wanted}{text}")), Some(1.0));
            }
        }
    }
}
