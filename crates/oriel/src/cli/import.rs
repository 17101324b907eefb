//! `oriel import`: what other systems kept, into the storage of this one. A file for each of them; here is what they share:
//! what can be asked, and the storage that they write to.

mod prometheus;
mod tempo;

use super::Configuration;
use anyhow::{Context, Result};
use clap::Subcommand;
use model::Tenant;
use std::path::PathBuf;
use std::process::ExitCode;
use store::{Catalog, CatalogOptions, Objects};

/// What to import.
#[derive(Subcommand)]
pub(crate) enum Import {
    /// Blocks of samples from the data folder of a Prometheus server (or a snapshot of it), or one such block.
    ///
    /// What the server still holds in its log is in no block: take a snapshot through its API first and import that.
    Prometheus {
        /// The folder.
        dir: PathBuf,
        /// Whose samples these are.
        #[arg(long, default_value_t = Tenant::anonymous().to_string())]
        tenant: String,
    },
    /// Blocks of traces (vParquet4 and vParquet5) from the bucket or folder of a Tempo, of one tenant of it, or one block.
    ///
    /// What it still holds in its log is in no block: flush it first (`/flush`, or stop it).
    Tempo {
        /// A folder, or s3://, gs:// or az:// with bucket and path; credentials as for `storage.url`.
        from: String,
        /// Whose traces these become: without it each block's own tenant, and the default tenant for "single-tenant".
        #[arg(long)]
        tenant: Option<String>,
    },
}

/// Where imported things go.
struct Storage {
    objects: Objects,
    catalog: Catalog,
    /// A folder on a local disk, for what has to be read as a file.
    scratch: PathBuf,
}

/// Runs an import.
pub(crate) fn run(import: &Import, configuration: &Configuration) -> Result<ExitCode> {
    let config = configuration.load()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        crate::run::install_tls();
        let objects = crate::run::open_objects(&config)?;
        let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await;
        let catalog = catalog.context("cannot open the catalog")?;
        let storage = Storage { objects, catalog, scratch: config.data.clone() };
        match import {
            Import::Prometheus { dir, tenant } => prometheus::run(dir, storage, named(tenant)?).await?,
            Import::Tempo { from, tenant } => {
                let from = tempo::Source::open(from, &config.storage.options)?;
                tempo::run(&from, storage, tenant.as_deref().map(named).transpose()?).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn named(tenant: &str) -> Result<Tenant> {
    Tenant::parse(tenant).map_err(|error| anyhow::anyhow!("--tenant {tenant}: {error}"))
}
