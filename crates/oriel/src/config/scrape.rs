//! What is scraped and sent on: `scrape_configs` and `remote_write` of the configuration, and a `prometheus.yml` beside it.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/>

use super::Config;
use agent::ScrapeJob;
use agent::compat::prometheus::{self, Global, Loaded};
use anyhow::{Context, Result, bail};
use ship::outbox::Outlet;
use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs};
use std::path::Path;

/// The jobs as the agent takes them, and the `prometheus.yml` they came from, if there is one.
pub(crate) fn scrape_jobs(config: &Config) -> Result<(Vec<ScrapeJob>, Option<Loaded>)> {
    // What a job does not say: our own file is denser than the other's minute.
    let global = Global { scrape_interval: Some(super::fifteen_seconds()), ..Global::default() };
    let mut jobs = Vec::new();
    for scrape in &config.scrape_configs {
        let job = prometheus::job(Path::new("."), scrape, &global).map_err(anyhow::Error::msg);
        jobs.push(job.with_context(|| format!("scrape job {:?}", scrape.job_name))?);
    }
    let loaded = match config.prometheus_config.as_os_str().is_empty() {
        true => None,
        false => Some(prometheus::load(&config.prometheus_config)?),
    };
    jobs.extend(loaded.iter().flat_map(|loaded| loaded.scrape.clone()));
    let mut names = std::collections::BTreeSet::new();
    for job in &jobs {
        if job.job_name.is_empty() || !names.insert(&job.job_name) {
            bail!("scrape_configs: job_name {:?} is empty or used twice", job.job_name);
        }
    }
    Ok((jobs, loaded))
}

/// Where samples are sent on to, by both files.
pub(crate) fn outlets(config: &Config, loaded: Option<&Loaded>) -> Result<Vec<Outlet>> {
    let own = prometheus::outlets(Path::new("."), &config.remote_write, &config.external_labels);
    let mut all = own.map_err(anyhow::Error::msg).context("remote_write")?;
    all.extend(loaded.iter().flat_map(|loaded| loaded.outlets.clone()));
    let mut names = std::collections::BTreeSet::new();
    for outlet in &all {
        let name = &outlet.options.name;
        if !names.insert(name) {
            bail!("remote_write: {name:?} is in both configurations: give one of them another name");
        }
        if let Some(door) = own_door(config, &outlet.options.url) {
            bail!(
                "remote_write: {name:?} sends to {}, which is the {door} door of this server: its samples would come back for ever",
                outlet.options.url
            );
        }
    }
    Ok(all)
}

/// The door of this server that takes samples at a URL, if it is one: at the same port, of the same address or of an address
/// by which this machine reaches itself.
fn own_door(config: &Config, url: &str) -> Option<&'static str> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let default = if url.starts_with("https") { ":443" } else { ":80" };
    let named = match authority.rsplit_once(':') {
        Some((_, port)) if port.bytes().all(|b| b.is_ascii_digit()) => authority.to_owned(),
        _ => format!("{authority}{default}"),
    };
    // Another name may be this machine too, but to look it up at every start could take long.
    let (host, port) = named.rsplit_once(':')?;
    let host = host.trim_matches(['[', ']']);
    let target: IpAddr = match host {
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        host => host.parse().ok()?,
    };
    let port: u16 = port.parse().ok()?;
    let doors = [("prometheus", &config.doors.prometheus), ("ui", &config.doors.ui)];
    let ours = |address: &str| {
        let bound = address.to_socket_addrs().ok().and_then(|mut all| all.next());
        bound.is_some_and(|bound| {
            let reached = bound.ip() == target
                || bound.ip().is_unspecified() && (target.is_loopback() || target.is_unspecified())
                || bound.ip().is_loopback() && target.is_unspecified();
            bound.port() != 0 && bound.port() == port && reached
        })
    };
    doors.into_iter().find(|(_, address)| ours(address)).map(|(door, _)| door)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_does_not_send_to_itself() {
        let check = |doors: &str, url: &str| {
            let text = format!("{{doors: {doors}, remote_write: [{{url: '{url}'}}]}}");
            outlets(&serde_norway::from_str(&text).unwrap(), None).map(|all| all.len())
        };
        for (doors, url) in [
            ("{}", "http://127.0.0.1:9090/api/v1/write"),
            ("{}", "http://localhost:9090/api/v1/push"),
            ("{prometheus: '0.0.0.0:80'}", "http://u:p@127.0.0.1/api/v1/write"),
            ("{prometheus: 'off'}", "http://127.0.0.1:3000/api/v1/write"),
            ("{prometheus: '[::]:9090'}", "http://[::1]:9090/api/v1/write"),
        ] {
            let error = check(doors, url).unwrap_err().to_string();
            assert!(error.contains("would come back for ever"), "{url}: {error}");
        }
        for (doors, url) in [
            ("{}", "http://127.0.0.1:9091/api/v1/write"),
            ("{}", "http://10.1.2.3:9090/api/v1/write"),
            ("{}", "http://other:9090/api/v1/write"),
            ("{prometheus: 'off', ui: 'off'}", "http://127.0.0.1:9090/api/v1/write"),
        ] {
            assert_eq!(check(doors, url).unwrap(), 1, "{url}");
        }
    }
}
