//! Users with a name and a password: who they are, how often one may guess, and what a browser shows once they are in.
//!
//! ```text
//! name, password --> too many guesses? 429 --> PBKDF2 off the serving threads --> session: 32 random bytes in a cookie
//! cookie --> SHA-256 --> session in memory, else in the store --> user of the configuration --> role
//! ```
//! Invariants: a session opens what its user may do now, and nothing once the user is gone, was given another password, or
//! logged out. What is stored of it is its SHA-256. A guess costs as much time whatever name it is of, one that is none too.

use super::passwords::{PasswordHash, fresh_bytes, judge};
use super::{Role, digest};
use crate::api::grafana::sessions::{self, Session};
use crate::state::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use stdx::task;
use tokio::sync::Semaphore;

/// A month, milliseconds: who looks in now and then stays logged in.
pub(super) const SESSION_MS: i64 = 30 * 24 * 3_600 * 1_000;
/// Guesses of one name within [`GUESSES_MS`]; those after them wait.
const MAX_GUESSES: u32 = 5;
const GUESSES_MS: i64 = 5 * 60 * 1_000;
/// Names that were guessed lately, as their SHA-256: 150 bytes each, however long a name is.
const MAX_NAMES: usize = 10_000;
/// Hashes that are computed at once: the other cores serve.
const MAX_AT_WORK: usize = 2;
/// Sessions in memory: 200 bytes each. The others are read from the store.
const MAX_KEPT: usize = 10_000;
/// So long one that was ended by another process may still open something here.
const KEPT_MS: i64 = 60_000;

/// A user of the configuration.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// What is typed, exactly.
    pub name: String,
    /// What is kept of the password.
    pub password: PasswordHash,
    /// What one may do.
    pub role: Role,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "User({} {:?})", self.name, self.role)
    }
}

impl User {
    /// Changes with the password, so that sessions of the one before end. What it is mixed with (a session's id) is not stored
    /// beside it, so that it tells nothing about the password.
    fn generation(&self, mixed_with: &str) -> String {
        digest(&format!("{mixed_with}\n{}", self.password))
    }
}

/// What a process remembers of those who came in.
#[derive(Debug)]
pub(crate) struct Gate {
    /// By the SHA-256 of the name.
    guesses: Mutex<HashMap<String, Guesses>>,
    /// Of tools that show name and password with each request: SHA-256 of the pair that was right, by name.
    right: Mutex<HashMap<String, String>>,
    kept: Mutex<HashMap<String, Kept>>,
    at_work: Semaphore,
    /// Makes the digests of `right` worthless outside of this process.
    salt: String,
}

#[derive(Debug, Clone, Copy)]
struct Guesses {
    count: u32,
    /// When the first of them was, milliseconds.
    since: i64,
}

#[derive(Debug, Clone)]
struct Kept {
    /// `None`: there is none, which is asked once and not at each request that brings a dead cookie.
    session: Option<Session>,
    until: i64,
}

/// Why somebody was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No such name, or not its password.
    Wrong,
    /// The name was guessed too often; seconds to wait.
    Later(i64),
}

impl Default for Gate {
    fn default() -> Self {
        Gate {
            guesses: Mutex::default(),
            right: Mutex::default(),
            kept: Mutex::default(),
            at_work: Semaphore::new(MAX_AT_WORK),
            salt: URL_SAFE_NO_PAD.encode(fresh_bytes()),
        }
    }
}

impl Gate {
    /// Lets a user in, or says why not.
    pub(crate) async fn check(state: &State, name: &str, password: &str) -> Result<User, Refusal> {
        let (gate, users) = (&state.gate, &state.options.access.users);
        let user = users.iter().find(|one| one.name == name);
        let guessed = digest(name);
        let shown = digest(&format!("{}\n{name}\n{password}", gate.salt));
        if let Some(user) = user.filter(|user| gate.is_known(user, &shown)) {
            return Ok(user.clone());
        }
        if let Some(wait) = gate.wait(&guessed, state.clock.now_millis()) {
            return Err(Refusal::Later(wait));
        }
        let Ok(_permit) = gate.at_work.acquire().await else { return Err(Refusal::Wrong) };
        // Of requests that a tool sends at once the first two are a guess; the others find here what came of them.
        if let Some(user) = user.filter(|user| gate.is_known(user, &shown)) {
            return Ok(user.clone());
        }
        let now = state.clock.now_millis();
        if let Some(wait) = gate.wait(&guessed, now) {
            return Err(Refusal::Later(wait));
        }
        // Counted before it is known, so that guesses beside each other are counted too.
        gate.count(&guessed, now);
        let least = users.iter().map(|one| one.password.rounds()).max().unwrap_or(0);
        let (hash, password) = (user.map(|one| one.password.clone()), password.to_owned());
        let judged = task::blocking(move || judge(hash.as_ref(), &password, least).0).join().await;
        let Some(user) = user.filter(|_| judged.unwrap_or(false)) else { return Err(Refusal::Wrong) };
        lock(&gate.guesses).remove(&guessed);
        lock(&gate.right).insert(name.to_owned(), format!("{}{shown}", user.generation(&gate.salt)));
        Ok(user.clone())
    }

    /// Whether this was found right, with the password that the user has now.
    fn is_known(&self, user: &User, shown: &str) -> bool {
        let expected = format!("{}{shown}", user.generation(&self.salt));
        lock(&self.right).get(&user.name) == Some(&expected)
    }

    /// Seconds until the name may be guessed again.
    fn wait(&self, name: &str, now: i64) -> Option<i64> {
        let guesses = lock(&self.guesses);
        let one = guesses.get(name).filter(|one| one.count >= MAX_GUESSES)?;
        let left = one.since + GUESSES_MS - now;
        (left > 0).then_some(left.div_euclid(1_000) + 1)
    }

    fn count(&self, name: &str, now: i64) {
        let mut guesses = lock(&self.guesses);
        if guesses.len() >= MAX_NAMES {
            guesses.retain(|_, one| one.since + GUESSES_MS > now);
        }
        if guesses.len() >= MAX_NAMES {
            // Whoever guesses so many names guesses none of them often.
            guesses.clear();
        }
        let one = guesses.entry(name.to_owned()).or_insert(Guesses { count: 0, since: now });
        if one.since + GUESSES_MS <= now {
            *one = Guesses { count: 0, since: now };
        }
        one.count += 1;
    }

    /// A session of the user, for a cookie. `None`: it could not be stored.
    pub(crate) async fn open(state: &State, user: &User) -> Option<String> {
        let id = URL_SAFE_NO_PAD.encode(fresh_bytes());
        let now = state.clock.now_millis();
        let session = Session {
            user: user.name.clone(),
            generation: user.generation(&id),
            ends: now.saturating_add(SESSION_MS),
        };
        if let Err(error) = sessions::put(state, &digest(&id), &session, now).await {
            tracing::error!(?error, user = user.name, "a session was not stored");
            return None;
        }
        Some(id)
    }

    /// The user whose session it is.
    pub(crate) async fn user_of(state: &State, id: &str) -> Option<User> {
        let now = state.clock.now_millis();
        let key = digest(id);
        let known = lock(&state.gate.kept).get(&key).filter(|one| one.until > now).cloned();
        let session = match known {
            Some(kept) => kept.session?,
            None => {
                let read = sessions::read(state, &key).await;
                let read = read.inspect_err(|error| tracing::error!(?error, "a session could not be read"));
                let session = read.ok()?;
                let mut kept = lock(&state.gate.kept);
                if kept.len() >= MAX_KEPT {
                    kept.clear();
                }
                kept.insert(key, Kept { session: session.clone(), until: now + KEPT_MS });
                session?
            }
        };
        let user = state.options.access.users.iter().find(|one| one.name == session.user)?;
        (session.ends > now && session.generation == user.generation(id)).then(|| user.clone())
    }

    /// Ends a session.
    pub(crate) async fn close(state: &Arc<State>, id: &str) {
        let key = digest(id);
        if let Err(error) = sessions::drop(state, &key).await {
            tracing::error!(?error, "a session was not ended in the store; it ends by itself");
        }
        // After the store, from which a request beside this one would have read it anew.
        lock(&state.gate.kept).remove(&key);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
