//! Dashboards and names of data sources from files: read at the start, again when the files change, again when asked.
//!
//! ```text
//! files.rs  provisioning folder, folders of dashboards --> Plan (what should be there, what could not be read)
//! apply.rs  Plan --> shelf: saves what changed, deletes what is gone; a record beside each dashboard says where it is from
//! ```
//! Invariant: nothing is deleted in a round in which something could not be read: a folder that is not mounted yet looks
//! like one whose files were removed.
//! Source: <https://grafana.com/docs/grafana/latest/administration/provisioning/>

mod apply;
mod expand;
mod files;
mod sources;

use super::dashboards::{Answer, Shared, shelf};
use super::input::Path;
use super::{ApiError, Shelf, answer};
use crate::state::State;
use http::StatusCode;
use model::Tenant;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use stdx::{Cancel, task};
use store::StoreError;

/// Beside each provisioned dashboard, under its uid: `{provider, file, digest, folder, editable}`.
const RECORDS: &str = "provisioned";
/// How often files are looked at when no provider wants it more often; a look is a few system calls a file.
const WATCH_EVERY: Duration = Duration::from_secs(5);

/// Reads a variable of the environment.
pub type Variables = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What is provisioned.
#[derive(Clone)]
pub struct ProvisioningOptions {
    /// A folder of dashboards as JSON; folders in it become folders of dashboards. Empty: none.
    pub dashboards: PathBuf,
    /// Whether clients may save over dashboards of that folder, until their files change.
    pub allow_edits: bool,
    /// A provisioning folder with `dashboards/*.yaml` and `datasources/*.yaml`. Empty: none.
    pub configs: PathBuf,
    /// Whose dashboards they are.
    pub tenant: Tenant,
    /// What `$NAME` and `${NAME}` stand for in those files.
    pub variables: Variables,
}

impl ProvisioningOptions {
    fn is_empty(&self) -> bool {
        self.dashboards.as_os_str().is_empty() && self.configs.as_os_str().is_empty()
    }
}

/// What a round did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Dashboards that stand as their files say.
    pub dashboards: usize,
    /// Dashboards saved in this round.
    pub saved: usize,
    /// Dashboards deleted in this round, their files being gone.
    pub deleted: usize,
    /// Names of data sources.
    pub datasources: usize,
    /// What could not be read or stored, and why.
    pub failed: Vec<String>,
}

/// Keeps what is stored as the files say.
pub struct Provisioning {
    options: ProvisioningOptions,
    last: tokio::sync::Mutex<Option<(u64, Report)>>,
}

impl Provisioning {
    /// Nothing is read yet.
    pub fn new(options: ProvisioningOptions) -> Arc<Self> {
        Arc::new(Provisioning { options, last: tokio::sync::Mutex::default() })
    }

    /// One round. When no file changed since the last one that came to its end, that one's report with nothing saved.
    async fn round(&self, shelf: &Shelf) -> Result<(Report, Duration), StoreError> {
        let mut last = self.last.lock().await;
        let options = self.options.clone();
        let plan = task::blocking(move || files::read(&options)).join().await;
        let plan = plan.map_err(|error| StoreError::Unavailable(format!("reading files failed: {error}")))?;
        let every = plan.every.map_or(WATCH_EVERY, |every| every.min(WATCH_EVERY));
        if let Some((stamp, report)) = last.as_ref()
            && *stamp == plan.stamp
        {
            return Ok((Report { saved: 0, deleted: 0, ..report.clone() }, every));
        }
        let report = apply::apply(&self.options.tenant, shelf, &plan).await?;
        for failed in &report.failed {
            tracing::warn!(failed, "not provisioned");
        }
        tracing::info!(
            dashboards = report.dashboards,
            saved = report.saved,
            deleted = report.deleted,
            "provisioned"
        );
        *last = Some((plan.stamp, report.clone()));
        Ok((report, every))
    }

    /// Keeps what is stored as the files say until canceled.
    pub async fn watch(self: Arc<Self>, state: Arc<State>, cancel: Cancel) {
        if self.options.is_empty() {
            return;
        }
        loop {
            let Some(shelf) = state.shelf.get() else { return };
            let every = match self.round(shelf).await {
                Ok((_, every)) => every,
                Err(error) => {
                    tracing::error!(%error, "provisioned dashboards could not be stored; it is tried again");
                    WATCH_EVERY
                }
            };
            tokio::select! {
                () = cancel.canceled() => return,
                () = tokio::time::sleep(every) => {}
            }
        }
    }
}

/// What a client wants with a dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Save,
    Delete,
}

/// Where a dashboard comes from, when files decide about it here.
pub(super) async fn origin(state: &State, tenant: &Tenant, uid: &str) -> Result<Option<Value>, StoreError> {
    let is_on = state.provisioning.get().is_some_and(|all| !all.options.is_empty());
    let (true, Some(shelf)) = (is_on, state.shelf.get()) else { return Ok(None) };
    Ok(shelf.record(tenant, RECORDS, uid).await?.map(|(_, value)| value))
}

/// Refuses a change of a dashboard that its file decides about.
pub(super) async fn check(state: &State, tenant: &Tenant, uid: &str, change: Change) -> Result<(), ApiError> {
    let Some(from) = origin(state, tenant, uid).await? else { return Ok(()) };
    let file = from["file"].as_str().unwrap_or("");
    match change {
        Change::Save if from["editable"] == true => Ok(()),
        Change::Save => {
            Err(ApiError::bad(format!("Cannot save provisioned dashboard: change its file {file}")))
        }
        Change::Delete => {
            Err(ApiError::bad(format!("provisioned dashboard cannot be deleted: delete its file {file}")))
        }
    }
}

/// Sidecars ask for a reload after each file they write.
pub(super) async fn reload(state: Shared, Path(what): Path<String>) -> Answer {
    let word = match what.as_str() {
        "dashboards" => "Dashboards",
        "datasources" => "Datasources",
        "plugins" | "alerting" | "access-control" | "accesscontrol" => {
            return Ok(answer(
                &json!({ "message": format!("Oriel provisions no {what} from files: nothing was read") }),
            ));
        }
        _ => return Err(ApiError::not_found("Configuration")),
    };
    let Some(all) = state.provisioning.get().filter(|all| !all.options.is_empty()) else {
        let message = "nothing was read: neither dashboards.folder nor dashboards.provisioning is configured";
        return Ok(answer(&json!({ "message": message })));
    };
    let (report, _) = all.round(shelf(&state)?).await?;
    let mut said = serde_json::to_value(&report)?;
    said["message"] = format!("{word} config reloaded").into();
    if report.dashboards == 0 && report.datasources == 0 && !report.failed.is_empty() {
        let message = format!("nothing could be provisioned: {}", report.failed.join("; "));
        return Err(ApiError::of(StatusCode::INTERNAL_SERVER_ERROR, message));
    }
    Ok(answer(&said))
}

#[cfg(test)]
mod tests;
