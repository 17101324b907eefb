//! `oriel agent`: the collector alone, delivering over the network what `oriel up` hands over in the same process.

mod report;

use crate::config::Config;
use crate::{run, telemetry};
use anyhow::{Context as _, Result};
use contract::Context;
use model::Tenant;
use report::Reporter;
use ship::{Endpoints, Remote};
use std::process::ExitCode;
use std::sync::Arc;
use stdx::task;
use stdx::{Budget, Clock};

/// Memory that an agent's batches may hold: a few pushes of a few megabytes each.
const AGENT_BYTES: u64 = 64 << 20;

/// Collects until SIGINT or SIGTERM.
pub(crate) fn run(config: Config) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(collect(config))
}

async fn collect(config: Config) -> Result<ExitCode> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    run::install_tls();
    let clock = Clock::system();
    // An agent's own lines go to standard error only: its receiver may be what is failing.
    telemetry::install(&config.telemetry.level, false, clock.clone())?;
    let send = &config.send;
    let remote = Remote::new(Endpoints {
        metrics: send.metrics.clone(),
        logs: send.logs.clone(),
        traces: send.traces.clone(),
        headers: send.headers.clone().into_iter().collect(),
    })?;
    let tenant = match send.tenant.as_str() {
        "" => Tenant::anonymous(),
        id => Tenant::parse(id).context("send.tenant")?,
    };
    let cx = Context::internal(tenant, clock, Budget::new("agent", AGENT_BYTES));
    let cancel = cx.cancel.clone();
    let (jobs, loaded) = crate::config::scrape_jobs(&config)?;
    loaded.iter().flat_map(|loaded| &loaded.notices).for_each(|notice| tracing::warn!("{notice}"));
    let options = config.agent(run::instance(), jobs)?;
    std::fs::create_dir_all(&options.state_dir).context("cannot create the agent's folder")?;
    let (remote, me, clock) = (Arc::new(remote), cx.tenant.clone(), cx.clock.clone());
    let agent = agent::Agent::start(options, remote.clone(), cx).await?;
    let reporter = Reporter::new(&config, (remote, agent.targets()), (me, &clock), &run::instance())?;
    let reports = reporter.map(|reporter| task::spawn(reporter.run(cancel.clone())));
    println!("collecting; samples go to {}, lines to {}", send.metrics, send.logs);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    // A delivery that is being tried again is given up; its positions say where to go on.
    cancel.cancel();
    agent.stop().await;
    if let Some(reports) = reports {
        drop(reports.join().await);
    }
    Ok(ExitCode::SUCCESS)
}
