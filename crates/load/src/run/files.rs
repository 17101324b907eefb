//! Files of the script: read once a process, shared by all VUs as bytes. After VU 0 has been initialised no new file may
//! be opened, so that every VU sees the same ones.

use bytes::Bytes;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The script and what it imports and opens.
pub(crate) struct Files {
    /// The script's module name: `file:///path/script.js`, or `file:///cwd/-` for standard input.
    pub(crate) main: String,
    /// Its text.
    pub(crate) source: Arc<str>,
    read: Mutex<HashMap<PathBuf, Bytes>>,
    frozen: AtomicBool,
}

/// The scheme of module names.
pub(crate) const SCHEME: &str = "file://";

impl Files {
    /// Files of a script.
    pub(crate) fn of(main: &Path, source: String) -> Self {
        Files {
            main: format!("{SCHEME}{}", main.display()),
            source: source.into(),
            read: Mutex::default(),
            frozen: AtomicBool::new(false),
        }
    }

    /// No new files from now on.
    pub(crate) fn freeze(&self) {
        self.frozen.store(true, Ordering::Relaxed);
    }

    /// The bytes of a file. `Err` says why there are none.
    pub(crate) fn read(&self, path: &Path) -> Result<Bytes, String> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = read.get(path) {
            return Ok(bytes.clone());
        }
        if self.frozen.load(Ordering::Relaxed) {
            return Err(format!(
                "open {}: only files that the first VU opened while it was initialised can be opened",
                path.display()
            ));
        }
        let bytes = std::fs::read(path).map_err(|e| format!("open {}: {e}", path.display()))?;
        let bytes = Bytes::from(bytes);
        read.insert(path.to_owned(), bytes.clone());
        Ok(bytes)
    }

    /// The module name that `specifier` means in the module `base`. `Err` when nothing can be loaded from there.
    pub(crate) fn resolve(base: &str, specifier: &str) -> Result<String, String> {
        if specifier.starts_with("https://") || specifier.starts_with("http://") {
            return Err(format!(
                "remote modules are not loaded: {specifier}; download it and import it by a relative path"
            ));
        }
        Ok(format!("{SCHEME}{}", Self::path(base, specifier).display()))
    }

    /// The path that `relative` means in the module `base`.
    pub(crate) fn path(base: &str, relative: &str) -> PathBuf {
        let relative = relative.strip_prefix(SCHEME).unwrap_or(relative);
        let folder = Path::new(base.strip_prefix(SCHEME).unwrap_or(base)).parent().unwrap_or(Path::new("/"));
        let mut path = PathBuf::new();
        for part in folder.join(relative).components() {
            match part {
                std::path::Component::CurDir => {}
                std::path::Component::ParentDir => drop(path.pop()),
                part => path.push(part),
            }
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_module_that_uses_them() {
        let resolve = |specifier: &str| Files::resolve("file:///a/b/s.js", specifier);
        assert_eq!(resolve("./lib/x.js"), Ok("file:///a/b/lib/x.js".to_owned()));
        assert_eq!(resolve("../x.js"), Ok("file:///a/x.js".to_owned()));
        assert_eq!(resolve("file:///z/x.js"), Ok("file:///z/x.js".to_owned()));
        assert!(resolve("https://x/y.js").is_err());
    }
}
