//! How far each file has been read, kept so that a crash at any instruction neither loses nor doubles a line.
//!
//! One JSON document, replaced atomically (write aside, fsync, rename, fsync of the folder) before each push:
//! ```text
//! {"files": {"/var/log/a.log": {"identity": {..}, "acked": 812, "intent": {"to": 1024, "at": 1795168800000000000}}}}
//! ```
//! `acked` is the offset that the store has confirmed; `intent` is the extent and the base time of the push under way.
//! After a restart the bytes from `acked` to `intent.to` are sent first, with the times that follow from `intent.at`.

use super::tail::Identity;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The document's name in the state folder.
const FILE_NAME: &str = "positions.json";

/// The extent and the base time of a push.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Intent {
    /// Which file, whatever its path is now.
    pub identity: Identity,
    /// Where it begins, in bytes.
    pub from: u64,
    /// Where it ends, in bytes.
    pub to: u64,
    /// The time of its first line, in nanoseconds; each further line is one later.
    pub at: i64,
}

/// One file's position.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Entry {
    /// Which file the offset belongs to.
    pub identity: Identity,
    /// Confirmed by the store, in bytes.
    pub acked: u64,
    /// Being sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
}

#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Document {
    files: BTreeMap<PathBuf, Entry>,
}

/// The positions of all files.
#[derive(Debug)]
pub(super) struct Positions {
    folder: PathBuf,
    document: Document,
}

impl Positions {
    /// Reads the document of an earlier run; a damaged one is set aside and said so.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(FILE_NAME);
        let document = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(file = %path.display(), %error, "positions are damaged and set aside; files are read anew");
                drop(std::fs::rename(&path, path.with_extension("damaged")));
                Document::default()
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Document::default(),
            Err(error) => return Err(error),
        };
        Ok(Positions { folder: folder.to_owned(), document })
    }

    /// The entry whose file is `identity`, whatever its path was: a rotated file is the same file.
    pub(super) fn find(&self, path: &Path, identity: &Identity) -> Option<&Entry> {
        let here = self.document.files.get(path).filter(|e| e.identity.same_file(identity));
        here.or_else(|| self.document.files.values().find(|e| e.identity.same_file(identity)))
    }

    /// Writes down what is about to be sent.
    pub(super) fn intend(&mut self, intents: impl Iterator<Item = (PathBuf, Intent)>) -> io::Result<()> {
        for (path, intent) in intents {
            let entry = Entry { identity: intent.identity.clone(), acked: intent.from, intent: Some(intent) };
            self.document.files.insert(path, entry);
        }
        self.save()
    }

    /// Notes that the intents of `paths` were taken. Written with the next intent: until then a restart sends the same
    /// bytes with the same times once more, which the store drops.
    pub(super) fn acked<'a>(&mut self, paths: impl Iterator<Item = &'a Path>) {
        for path in paths {
            if let Some(entry) = self.document.files.get_mut(path)
                && let Some(intent) = entry.intent.take()
            {
                entry.acked = intent.to;
            }
        }
    }

    /// Drops entries whose files are gone.
    pub(super) fn forget_missing(&mut self) {
        self.document.files.retain(|path, entry| entry.intent.is_some() || path.exists());
    }

    /// Writes the document.
    pub(super) fn save(&self) -> io::Result<()> {
        let aside = self.folder.join(format!("{FILE_NAME}.new"));
        let mut file = std::fs::File::create(&aside)?;
        file.write_all(&serde_json::to_vec(&self.document)?)?;
        file.sync_all()?;
        std::fs::rename(&aside, self.folder.join(FILE_NAME))?;
        std::fs::File::open(&self.folder)?.sync_all()
    }
}

impl Drop for Positions {
    fn drop(&mut self) {
        if let Err(error) = self.save() {
            tracing::warn!(%error, "positions were not written at the end");
        }
    }
}
