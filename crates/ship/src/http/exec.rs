//! Tokens that a command prints: run when one is needed, kept until shortly before they end.
//! Source: <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>

use super::Exec;
use serde::Deserialize;
use std::process::Stdio;
use std::time::Duration;
use stdx::Clock;
use tokio::process::Command;

/// A command that has not ended by then is given up: it may ask a cloud for its token.
const TIMEOUT: Duration = Duration::from_secs(60);
/// A token whose end is not told is kept so long: a failed request does not come back here.
const KEEP: Duration = Duration::from_secs(300);
/// Tokens are renewed so long before they end.
const RENEW_BEFORE: Duration = Duration::from_secs(10);

/// The tokens of one command.
#[derive(Debug)]
pub(super) struct Tokens {
    exec: Exec,
    clock: Clock,
    /// The current one, and until when it is used, on the clock's monotonic scale.
    current: tokio::sync::Mutex<Option<(String, Duration)>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Printed {
    #[serde(default)]
    api_version: String,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<String>,
    expiration_timestamp: Option<String>,
}

impl Tokens {
    pub(super) fn new(exec: &Exec) -> Self {
        Tokens { exec: exec.clone(), clock: Clock::system(), current: tokio::sync::Mutex::default() }
    }

    /// A token that holds for a while yet; the error says why there is none.
    pub(super) async fn token(&self) -> Result<String, String> {
        let mut current = self.current.lock().await;
        if let Some((token, until)) = &*current
            && self.clock.monotonic() < *until
        {
            return Ok(token.clone());
        }
        let printed = self.run().await.map_err(|error| format!("{}: {error}", self.exec.command))?;
        let (token, lasts) =
            self.read(&printed).map_err(|error| format!("{}: {error}", self.exec.command))?;
        *current = Some((token.clone(), self.clock.monotonic() + lasts));
        Ok(token)
    }

    async fn run(&self) -> Result<Vec<u8>, String> {
        let exec = &self.exec;
        let info = serde_json::json!({
            "apiVersion": exec.api_version, "kind": "ExecCredential", "spec": { "interactive": false },
        });
        let output = Command::new(&exec.command)
            .args(&exec.args)
            .envs(exec.env.iter().map(|(name, value)| (name, value)))
            .env("KUBERNETES_EXEC_INFO", info.to_string())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(TIMEOUT, output).await;
        let output = output.map_err(|_| "took too long".to_owned())?.map_err(|error| error.to_string())?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{}: {}", output.status, said[..said.floor_char_boundary(200)].trim()));
        }
        Ok(output.stdout)
    }

    /// The token, and how long it is used.
    fn read(&self, printed: &[u8]) -> Result<(String, Duration), String> {
        let read: Printed =
            serde_json::from_slice(printed).map_err(|error| format!("printed no ExecCredential: {error}"))?;
        if read.api_version != self.exec.api_version {
            return Err(format!("printed {:?}, wanted {:?}", read.api_version, self.exec.api_version));
        }
        let status = read.status.ok_or("printed no status")?;
        let token = status.token.filter(|token| !token.is_empty());
        let token = token.ok_or("printed no token; certificates from commands cannot be used")?;
        let lasts = match &status.expiration_timestamp {
            None => KEEP,
            Some(text) => {
                let ends = wire::rfc3339::parse(text).ok_or_else(|| format!("printed the time {text:?}"))?;
                let left = u64::try_from(ends.0.saturating_sub(self.clock.now_nanos())).unwrap_or(0);
                Duration::from_nanos(left).saturating_sub(RENEW_BEFORE)
            }
        };
        Ok((token, lasts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(script: &str) -> Tokens {
        Tokens::new(&Exec {
            command: "sh".to_owned(),
            args: vec!["-c".to_owned(), script.to_owned()],
            env: vec![("WHO".to_owned(), "me".to_owned())],
            api_version: "v1".to_owned(),
        })
    }

    #[tokio::test]
    async fn a_command_is_run_until_its_token_ends() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs");
        let script = |expires: &str| {
            format!(
                r#"echo run >> {}; echo '{{"apiVersion":"v1","status":{{"token":"'$WHO'"{expires}}}}}'"#,
                runs.display()
            )
        };
        let kept = of(&script(r#","expirationTimestamp":"2200-01-01T00:00:00Z""#));
        let ended = of(&script(r#","expirationTimestamp":"2020-01-01T00:00:00Z""#));
        for (tokens, count) in [(&kept, 1), (&ended, 3)] {
            for _ in 0..2 {
                assert_eq!(tokens.token().await.unwrap(), "me");
            }
            assert_eq!(std::fs::read_to_string(&runs).unwrap().lines().count(), count);
        }
        for (script, reason) in [
            ("echo no >&2; exit 3", "sh: exit status: 3: no"),
            ("echo x", "sh: printed no ExecCredential"),
            ("echo '{\"apiVersion\":\"v2\"}'", "sh: printed \"v2\", wanted \"v1\""),
            ("echo '{\"apiVersion\":\"v1\",\"status\":{}}'", "sh: printed no token"),
        ] {
            let error = of(script).token().await.unwrap_err();
            assert!(error.starts_with(reason), "{error}");
        }
    }
}
