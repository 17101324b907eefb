//! From the configuration's `auth` to who may do what on the UI's door: tokens become digests and passwords hashes here, on
//! the way in, and nothing behind this file ever sees one.

use crate::config::{Auth, AuthUser};
use anyhow::{Context as _, Result};
use server::access::{Access, PasswordHash, Role, Token, User, digest};
use std::path::Path;

/// A token that is guessed in no time is none.
const LEAST_TOKEN_LETTERS: usize = 16;

/// Shorter ones are in every list of guesses; five wrong ones in five minutes close the name.
const LEAST_PASSWORD_LETTERS: usize = 8;

/// Who may do what on the UI's door; tokens and passwords are read from their files here.
pub(crate) fn access(auth: &Auth) -> Result<Access> {
    let tokens = auth.tokens.iter().map(|one| {
        let key = format!("auth.tokens ({})", one.name);
        let token = match (one.token.is_empty(), one.token_file.as_os_str().is_empty()) {
            (false, true) => one.token.clone(),
            (true, false) => file(&key, &one.token_file)?,
            _ => anyhow::bail!("{key}: expected either token or token_file"),
        };
        let token = token.trim();
        anyhow::ensure!(
            token.len() >= LEAST_TOKEN_LETTERS,
            "{key}: a token has at least {LEAST_TOKEN_LETTERS} letters"
        );
        Ok(Token { name: one.name.clone(), digest: digest(token), role: role(&key, &one.role)? })
    });
    let users = users(&auth.users)?;
    let everybody = match auth.everybody.as_str() {
        "" => None,
        name => Some(role("auth.everybody", name)?),
    };
    Ok(Access { tokens: tokens.collect::<Result<_>>()?, users, everybody })
}

/// What to write as `password_hash` of a user.
pub(crate) fn password_hash(password: &str) -> Result<PasswordHash> {
    check_length("the password", password)?;
    Ok(PasswordHash::of(password))
}

fn check_length(key: &str, password: &str) -> Result<()> {
    anyhow::ensure!(
        password.chars().count() >= LEAST_PASSWORD_LETTERS,
        "{key}: a password has at least {LEAST_PASSWORD_LETTERS} letters"
    );
    Ok(())
}

fn users(asked: &[AuthUser]) -> Result<Vec<User>> {
    let mut users: Vec<User> = Vec::new();
    for one in asked {
        let key = format!("auth.users ({})", one.name);
        anyhow::ensure!(!one.name.trim().is_empty(), "auth.users: a user has a name");
        anyhow::ensure!(
            !one.name.contains(':'),
            "{key}: a name has no colon, at which Basic credentials end it"
        );
        anyhow::ensure!(users.iter().all(|other| other.name != one.name), "{key}: this name is there twice");
        let said =
            [one.password.is_empty(), one.password_file.as_os_str().is_empty(), one.password_hash.is_empty()];
        let plain = match said {
            [false, true, true] => Some(one.password.clone()),
            [true, false, true] => Some(file(&key, &one.password_file)?),
            [true, true, false] => None,
            _ => anyhow::bail!("{key}: expected one of password, password_file and password_hash"),
        };
        let password = match plain.as_deref().map(|text| text.trim_end_matches(['\r', '\n'])) {
            Some(plain) => {
                check_length(&key, plain)?;
                PasswordHash::of_plain(&one.name, plain)
            }
            None => PasswordHash::parse(&one.password_hash)
                .map_err(|error| anyhow::anyhow!("{key}: password_hash: {error}"))?,
        };
        users.push(User { name: one.name.clone(), password, role: role(&key, &one.role)? });
    }
    Ok(users)
}

fn role(key: &str, name: &str) -> Result<Role> {
    Role::parse(name)
        .with_context(|| format!("{key}: no role is called {name:?}; there are admin, editor, viewer"))
}

fn file(key: &str, path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{key}: cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::AuthToken;

    fn one(token: &str, role: &str) -> Auth {
        let token =
            AuthToken { name: "ci".into(), token: token.into(), role: role.into(), ..AuthToken::default() };
        Auth { tokens: vec![token], ..Auth::default() }
    }

    fn two(change: impl Fn(&mut AuthUser)) -> Auth {
        let mut ada = AuthUser { name: "ada".into(), role: "admin".into(), ..AuthUser::default() };
        change(&mut ada);
        let bob = AuthUser {
            name: "bob".into(),
            role: "viewer".into(),
            password: "battery staple".into(),
            ..AuthUser::default()
        };
        Auth { users: vec![bob, ada], ..Auth::default() }
    }

    type Change<'a> = &'a dyn Fn(&mut AuthUser);

    #[test]
    fn users_are_kept_with_hashes_and_mistakes_are_said() {
        let hash = PasswordHash::of_plain("ada", "correct horse").to_string();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("password");
        std::fs::write(&path, "correct horse\n").unwrap();
        let ways: [Change; 3] = [
            &|ada| ada.password = "correct horse".into(),
            &|ada| ada.password_hash.clone_from(&hash),
            &|ada| ada.password_file.clone_from(&path),
        ];
        for way in ways {
            let found = access(&two(way)).unwrap();
            assert_eq!((found.everybody(), found.users[1].role), (Role::Viewer, Role::Admin));
            assert!(found.users[1].password.is_of("correct horse"));
            let again = access(&two(way)).unwrap();
            assert_eq!(again.users, found.users, "the next process lets the same sessions in");
            assert!(!format!("{found:?}").contains("horse"));
        }
        let wrong: [(Change, &str); 7] = [
            (&|_| {}, "expected one of password"),
            (&|ada| ada.password = "short".into(), "at least 8"),
            (&|ada| ada.password_hash = "correct horse".into(), "oriel config password"),
            (&|ada| ada.password_file = "/nowhere".into(), "cannot read"),
            (&|ada| ada.name = "a:b".into(), "no colon"),
            (&|ada| ada.name = " ".into(), "has a name"),
            (&|ada| ada.name = "bob".into(), "there twice"),
        ];
        for (change, said) in wrong {
            let error = format!("{:#}", access(&two(change)).unwrap_err());
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn tokens_are_kept_as_digests_and_mistakes_are_said() {
        let found = access(&one("0123456789abcdef", "editor")).unwrap();
        assert_eq!((found.everybody(), found.tokens[0].role), (Role::Viewer, Role::Editor));
        assert_eq!(found.tokens[0].digest, digest("0123456789abcdef"));
        assert!(access(&Auth::default()).unwrap().is_open());
        for (auth, said) in [
            (one("short", "editor"), "at least 16"),
            (one("0123456789abcdef", "king"), "no role"),
            (one("", "editor"), "either token or token_file"),
            (Auth { everybody: "x".into(), ..Auth::default() }, "auth.everybody"),
        ] {
            let error = format!("{:#}", access(&auth).unwrap_err());
            assert!(error.contains(said), "{error}");
        }
    }
}
