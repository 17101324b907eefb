//! From a URL and options to a store: the only file that names the clouds.

use super::{Objects, Retry};
use crate::disk::{Disk, OsDisk};
use crate::error::StoreError;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, RetryConfig};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Quick tries of the client itself, for lost connections and 5xx answers; [`Retry`] comes on top.
const CLIENT_RETRIES: usize = 3;
/// How long the client goes on trying one request.
const CLIENT_RETRY_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) fn open(url: &str, options: &[(String, String)]) -> Result<Objects, StoreError> {
    match url.split_once("://") {
        None => directory(Path::new(url), options),
        Some(("file", path)) => directory(Path::new(path), options),
        Some((scheme @ ("s3" | "gs" | "az"), rest)) => bucket(url, scheme, rest, options),
        Some((scheme, _)) => Err(StoreError::Invalid(format!(
            "{scheme}:// is no storage that is known here: expected a directory, s3://, gs:// or az://"
        ))),
    }
}

/// The key as the clouds' clients spell it.
fn spelled(key: &str) -> String {
    key.to_ascii_lowercase().replace('-', "_")
}

/// Whether a store of this URL takes an option of this name.
pub(super) fn takes(url: &str, key: &str) -> bool {
    let key = spelled(key);
    match url.split_once("://") {
        Some(("s3", _)) => key.parse::<AmazonS3ConfigKey>().is_ok(),
        Some(("gs", _)) => key.parse::<GoogleConfigKey>().is_ok(),
        Some(("az", _)) => key.parse::<AzureConfigKey>().is_ok(),
        _ => false,
    }
}

fn directory(dir: &Path, options: &[(String, String)]) -> Result<Objects, StoreError> {
    if let Some((key, _)) = options.first() {
        return Err(StoreError::Invalid(format!("a directory takes no options, but {key} is set")));
    }
    let io = |error| StoreError::io(dir, error);
    OsDisk.create_dir(dir).map_err(io)?;
    let dir = dir.canonicalize().map_err(io)?;
    let store = LocalFileSystem::new_with_prefix(&dir)
        .map_err(|error| StoreError::Invalid(error.to_string()))?
        .with_fsync(true);
    let identity = format!("file://{}", dir.display());
    Ok(Objects::opened(Arc::new(store), identity, Some(dir), Retry::NEVER))
}

fn bucket(url: &str, scheme: &str, rest: &str, options: &[(String, String)]) -> Result<Objects, StoreError> {
    // The first provider that is installed stays; another part of the process may have been earlier with the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = ObjectPath::parse(prefix).map_err(|error| StoreError::Invalid(format!("{url}: {error}")))?;
    let bare = format!("{scheme}://{name}");
    let retry = RetryConfig {
        max_retries: CLIENT_RETRIES,
        retry_timeout: CLIENT_RETRY_TIMEOUT,
        ..RetryConfig::default()
    };
    macro_rules! build {
        ($builder:ty) => {{
            let mut builder = <$builder>::new().with_url(&bare).with_retry(retry);
            for (key, value) in options {
                let known = spelled(key).parse();
                let known = known
                    .map_err(|_| StoreError::Invalid(format!("{key} is no option of {scheme}:// storage")))?;
                builder = builder.with_config(known, value);
            }
            let store = builder.build().map_err(|error| StoreError::Invalid(format!("{url}: {error}")))?;
            Arc::new(store) as Arc<dyn ObjectStore>
        }};
    }
    let store = match scheme {
        "s3" => build!(AmazonS3Builder),
        "gs" => build!(GoogleCloudStorageBuilder),
        _ => build!(MicrosoftAzureBuilder),
    };
    let endpoint = options.iter().rfind(|(key, _)| key.to_ascii_lowercase().ends_with("endpoint"));
    let identity = format!("{url} at {}", endpoint.map_or("its default endpoint", |(_, value)| value));
    let store: Arc<dyn ObjectStore> =
        if prefix.as_ref().is_empty() { store } else { Arc::new(PrefixStore::new(store, prefix)) };
    Ok(Objects::opened(store, identity, None, Retry::NETWORK))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn urls_and_options_say_which_store() {
        let keys = [("endpoint", "http://127.0.0.1:9"), ("allow-http", "true"), ("REGION", "here")];
        let s3 = open("s3://bucket/some/prefix", &options(&keys)).unwrap();
        assert_eq!(s3.0.identity, "s3://bucket/some/prefix at http://127.0.0.1:9");
        open("az://container", &options(&[("account_name", "me"), ("access_key", "AAAA")])).unwrap();
        assert!(takes("s3://b", "AWS_SECRET_ACCESS_KEY") && takes("gs://b", "GOOGLE_SERVICE_ACCOUNT"));
        assert!(takes("az://b", "AZURE_STORAGE_ACCOUNT_NAME"));
        assert!(!takes("s3://b", "AWS_PAGER") && !takes("/tmp", "AWS_REGION"));
        for (url, pairs, says) in [
            ("ftp://x", &[][..], "ftp://"),
            ("s3://bucket", &[("colour", "red")][..], "colour"),
            ("/tmp", &[("region", "x")][..], "region"),
            ("s3://bucket/a//b", &[][..], "a//b"),
        ] {
            let error = open(url, &options(pairs)).unwrap_err();
            assert!(matches!(&error, StoreError::Invalid(what) if what.contains(says)), "{error}");
        }
    }
}
