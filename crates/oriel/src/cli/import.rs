//! `oriel import`: what other systems kept, into the storage of this one. A file for each of them; here is what they share:
//! what can be asked, and the storage that they write to.

mod prometheus;
mod tempo;

use super::Configuration;
use anyhow::{Context, Result};
use clap::Subcommand;
use model::Tenant;
use std::collections::BTreeMap;
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
        /// An option of that bucket, such as `endpoint=http://minio:9000`; may be repeated. Without any those of `storage.options`
        /// are its own, when the storage is a bucket too.
        #[arg(long = "option", value_name = "KEY=VALUE")]
        options: Vec<String>,
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
            Import::Tempo { from, options, tenant } => {
                let options = options_of(options, &config.storage.options)?;
                let from = tempo::Source::open(from, &options)?;
                tempo::run(&from, storage, tenant.as_deref().map(named).transpose()?).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The options that are given, or else those of the own storage.
fn options_of(given: &[String], own: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    if given.is_empty() {
        return Ok(own.clone());
    }
    let pair = |option: &String| match option.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err(anyhow::anyhow!("--option {option}: expected KEY=VALUE")),
    };
    given.iter().map(pair).collect()
}

fn named(tenant: &str) -> Result<Tenant> {
    Tenant::parse(tenant).map_err(|error| anyhow::anyhow!("--tenant {tenant}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_the_source_go_before_those_of_the_own_storage() {
        let own = BTreeMap::from([("region".to_owned(), "here".to_owned())]);
        let given = ["endpoint=http://a:9000/?b=c".to_owned(), "allow_http=true".to_owned()];
        assert_eq!(options_of(&[], &own).unwrap(), own);
        let options = options_of(&given, &own).unwrap();
        assert_eq!(options.get("endpoint").map(String::as_str), Some("http://a:9000/?b=c"));
        assert_eq!((options.get("allow_http").map(String::as_str), options.len()), (Some("true"), 2));
        assert!(options_of(&["endpoint".to_owned()], &own).is_err());
    }
}
