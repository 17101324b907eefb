//! A disk in memory behind `store::disk::Disk` that keeps only what was synced.
//!
//! Each file has the bytes that readers see and the bytes that survive; a sync makes them equal. A crash keeps the synced
//! bytes and names and, of what was not synced, a random part: sectors of writes in any combination, a prefix of the name
//! changes of each directory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use stdx::Rng;
use store::disk::{Disk, DiskFile};

/// What a disk writes at once, whatever happens.
const SECTOR_BYTES: usize = 512;

/// The disk. Cloning shares it.
#[derive(Debug, Clone)]
pub struct SimDisk(Arc<Mutex<Sim>>);

#[derive(Debug)]
struct Sim {
    files: HashMap<u64, File>,
    names: BTreeMap<PathBuf, u64>,
    synced_names: BTreeMap<PathBuf, u64>,
    name_changes: Vec<NameChange>,
    locks: BTreeSet<PathBuf>,
    /// Counts crashes: handles from before one are dead.
    generation: u64,
    next_file: u64,
    /// Operations until the power goes; `None` while it stays.
    power: Option<u64>,
    /// Syncs until one fails.
    syncs: Option<u64>,
    /// Bytes that files may take in all.
    capacity: u64,
    rng: Rng,
}

#[derive(Debug, Default)]
struct File {
    seen: Vec<u8>,
    synced: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Wipe { keep: usize, size: usize },
}

#[derive(Debug, Clone)]
enum NameChange {
    Link(PathBuf, u64),
    Rename(PathBuf, PathBuf),
    Unlink(PathBuf),
}

impl SimDisk {
    /// An empty, endless, reliable disk; `rng` decides what survives a crash.
    pub fn new(rng: Rng) -> Self {
        SimDisk(Arc::new(Mutex::new(Sim {
            files: HashMap::new(),
            names: BTreeMap::new(),
            synced_names: BTreeMap::new(),
            name_changes: Vec::new(),
            locks: BTreeSet::new(),
            generation: 0,
            next_file: 0,
            power: None,
            syncs: None,
            capacity: u64::MAX,
            rng,
        })))
    }

    /// The power goes at the operation after `operations` more; that one may be done in part.
    pub fn cut_power_after(&self, operations: u64) {
        self.sim().power = Some(operations);
    }

    /// The sync after `syncs` more fails, and what it should have written is lost, as on a real disk.
    pub fn fail_sync_after(&self, syncs: u64) {
        self.sim().syncs = Some(syncs);
    }

    /// Files may take so many bytes in all.
    pub fn set_capacity(&self, bytes: u64) {
        self.sim().capacity = bytes;
    }

    /// Cuts the power and starts again: open handles are dead, only a possible outcome of the crash remains.
    pub fn crash(&self) {
        self.sim().crash();
    }

    /// Kills the process and not the disk: open handles are dead, everything written is still there, synced or not.
    pub fn kill(&self) {
        self.sim().revive();
    }

    /// The bytes of a file as readers see them.
    pub fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let sim = self.sim();
        sim.names.get(path).and_then(|inode| sim.files.get(inode)).map(|file| file.seen.clone())
    }

    /// Replaces a file durably: for tests that damage one.
    pub fn overwrite(&self, path: &Path, bytes: Vec<u8>) {
        let mut sim = self.sim();
        if let Some(inode) = sim.names.get(path).copied() {
            sim.files.insert(inode, File { seen: bytes.clone(), synced: bytes, unsynced: Vec::new() });
        }
    }

    /// The paths of all files.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.sim().names.keys().cloned().collect()
    }

    fn sim(&self) -> MutexGuard<'_, Sim> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sim {
    /// Counts one operation. `Ok(false)`: this is the one that the power goes at.
    fn step(&mut self) -> io::Result<bool> {
        match &mut self.power {
            None => Ok(true),
            Some(0) => Err(io::Error::other("the power is off")),
            Some(left) => {
                *left -= 1;
                Ok(*left > 0)
            }
        }
    }

    fn whole_step(&mut self) -> io::Result<()> {
        if self.step()? { Ok(()) } else { Err(io::Error::other("the power went")) }
    }

    fn used(&self) -> u64 {
        self.names.values().filter_map(|inode| self.files.get(inode)).map(|f| f.seen.len() as u64).sum()
    }

    fn fits(&self, more: u64) -> io::Result<()> {
        if self.used().saturating_add(more) > self.capacity {
            Err(ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }

    fn crash(&mut self) {
        let kept = self.rng.below(self.name_changes.len() as u64 + 1) as usize;
        let mut names = std::mem::take(&mut self.synced_names);
        for change in self.name_changes.drain(..).take(kept) {
            change.apply(&mut names);
        }
        let alive: BTreeSet<u64> = names.values().copied().collect();
        self.files.retain(|inode, _| alive.contains(inode));
        let mut inodes: Vec<u64> = self.files.keys().copied().collect();
        inodes.sort_unstable();
        for inode in inodes {
            // All, nothing, or some of what was not synced.
            let style = self.rng.below(4);
            if let Some(file) = self.files.get_mut(&inode) {
                file.crash(style, &mut self.rng);
            }
        }
        self.synced_names = names.clone();
        self.names = names;
        self.revive();
    }

    fn revive(&mut self) {
        self.locks.clear();
        self.generation += 1;
        self.power = None;
        self.syncs = None;
        self.capacity = u64::MAX;
    }
}

impl NameChange {
    fn apply(self, names: &mut BTreeMap<PathBuf, u64>) {
        match self {
            NameChange::Link(path, inode) => drop(names.insert(path, inode)),
            NameChange::Rename(from, to) => {
                if let Some(inode) = names.remove(&from) {
                    names.insert(to, inode);
                }
            }
            NameChange::Unlink(path) => drop(names.remove(&path)),
        }
    }

    fn is_in(&self, dir: &Path) -> bool {
        match self {
            NameChange::Link(path, _) | NameChange::Rename(_, path) | NameChange::Unlink(path) => {
                path.parent() == Some(dir)
            }
        }
    }
}

impl File {
    fn apply(bytes: &mut Vec<u8>, change: &Change) {
        match change {
            Change::Write { offset, bytes: written } => {
                let end = offset + written.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*offset..end].copy_from_slice(written);
            }
            Change::Wipe { keep, size } => {
                bytes.truncate(*keep);
                bytes.resize(*size, 0);
            }
        }
    }

    fn crash(&mut self, style: u64, rng: &mut Rng) {
        for change in std::mem::take(&mut self.unsynced) {
            match change {
                Change::Wipe { .. } => {
                    if style == 1 || style > 1 && rng.below(2) == 1 {
                        Self::apply(&mut self.synced, &change);
                    }
                }
                Change::Write { mut offset, mut bytes } => {
                    while !bytes.is_empty() {
                        let len = (SECTOR_BYTES - offset % SECTOR_BYTES).min(bytes.len());
                        let rest = bytes.split_off(len);
                        if style == 1 || style > 1 && rng.below(2) == 1 {
                            Self::apply(&mut self.synced, &Change::Write { offset, bytes });
                        }
                        offset += len;
                        bytes = rest;
                    }
                }
            }
        }
        self.seen = self.synced.clone();
    }
}

impl Disk for SimDisk {
    fn create_dir(&self, _dir: &Path) -> io::Result<()> {
        self.sim().whole_step()
    }

    fn lock(&self, dir: &Path) -> io::Result<Box<dyn Debug + Send + Sync>> {
        let mut sim = self.sim();
        if !sim.locks.insert(dir.to_owned()) {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(Lock { disk: self.clone(), dir: dir.to_owned(), generation: sim.generation }))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<(String, u64)>> {
        let sim = self.sim();
        let inside = sim.names.iter().filter(|(path, _)| path.parent() == Some(dir));
        Ok(inside
            .filter_map(|(path, inode)| {
                let name = path.file_name()?.to_str()?.to_owned();
                Some((name, sim.files.get(inode)?.seen.len() as u64))
            })
            .collect())
    }

    fn create(&self, path: &Path, size: u64) -> io::Result<Box<dyn DiskFile>> {
        let mut sim = self.sim();
        sim.whole_step()?;
        sim.fits(size)?;
        let inode = sim.next_file;
        sim.next_file += 1;
        let wipe = Change::Wipe { keep: 0, size: size as usize };
        let file = File { seen: vec![0; size as usize], synced: Vec::new(), unsynced: vec![wipe] };
        sim.files.insert(inode, file);
        sim.names.insert(path.to_owned(), inode);
        sim.name_changes.push(NameChange::Link(path.to_owned(), inode));
        Ok(Box::new(SimFile { disk: self.clone(), inode, generation: sim.generation }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let sim = self.sim();
        let inode = *sim.names.get(path).ok_or(ErrorKind::NotFound)?;
        Ok(Box::new(SimFile { disk: self.clone(), inode, generation: sim.generation }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut sim = self.sim();
        sim.whole_step()?;
        let change = NameChange::Rename(from.to_owned(), to.to_owned());
        change.clone().apply(&mut sim.names);
        sim.name_changes.push(change);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut sim = self.sim();
        sim.whole_step()?;
        if !sim.names.contains_key(path) {
            return Err(ErrorKind::NotFound.into());
        }
        let change = NameChange::Unlink(path.to_owned());
        change.clone().apply(&mut sim.names);
        sim.name_changes.push(change);
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut sim = self.sim();
        sim.whole_step()?;
        let changes = std::mem::take(&mut sim.name_changes);
        let (synced, rest) = changes.into_iter().partition(|change| change.is_in(dir));
        sim.name_changes = rest;
        let synced: Vec<NameChange> = synced;
        synced.into_iter().for_each(|change| change.apply(&mut sim.synced_names));
        Ok(())
    }

    fn free(&self, _dir: &Path) -> io::Result<u64> {
        let sim = self.sim();
        Ok(sim.capacity.saturating_sub(sim.used()))
    }
}

#[derive(Debug)]
struct Lock {
    disk: SimDisk,
    dir: PathBuf,
    generation: u64,
}

impl Drop for Lock {
    fn drop(&mut self) {
        let mut sim = self.disk.sim();
        if sim.generation == self.generation {
            sim.locks.remove(&self.dir);
        }
    }
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    inode: u64,
    generation: u64,
}

impl SimFile {
    fn sim(&self) -> io::Result<MutexGuard<'_, Sim>> {
        let sim = self.disk.sim();
        if sim.generation == self.generation {
            Ok(sim)
        } else {
            Err(io::Error::other("opened before the crash"))
        }
    }
}

fn gone() -> io::Error {
    ErrorKind::NotFound.into()
}

impl DiskFile for SimFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let sim = self.sim()?;
        let file = sim.files.get(&self.inode).ok_or_else(gone)?;
        let held = file.seen.get(offset as usize..).unwrap_or_default();
        let count = held.len().min(buffer.len());
        buffer[..count].copy_from_slice(&held[..count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut sim = self.sim()?;
        let whole = sim.step()?;
        let size = sim.files.get(&self.inode).ok_or_else(gone)?.seen.len() as u64;
        let fits = sim.fits((offset + bytes.len() as u64).saturating_sub(size));
        let len = if whole { bytes.len() } else { sim.rng.below(bytes.len() as u64 + 1) as usize };
        fits?;
        let file = sim.files.get_mut(&self.inode).ok_or_else(gone)?;
        let change = Change::Write { offset: offset as usize, bytes: bytes[..len].to_vec() };
        File::apply(&mut file.seen, &change);
        file.unsynced.push(change);
        if whole { Ok(()) } else { Err(io::Error::other("the power went")) }
    }

    fn wipe(&self, keep: u64, size: u64) -> io::Result<()> {
        let mut sim = self.sim()?;
        sim.whole_step()?;
        let file = sim.files.get_mut(&self.inode).ok_or_else(gone)?;
        let change = Change::Wipe { keep: keep as usize, size: size as usize };
        File::apply(&mut file.seen, &change);
        file.unsynced.push(change);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut sim = self.sim()?;
        sim.whole_step()?;
        let fails = match &mut sim.syncs {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        };
        let file = sim.files.get_mut(&self.inode).ok_or_else(gone)?;
        file.unsynced.clear();
        if fails {
            // The pages are marked clean although they never reached the disk: the next sync would answer Ok.
            sim.syncs = None;
            return Err(io::Error::from_raw_os_error(5));
        }
        file.synced.clone_from(&file.seen);
        Ok(())
    }

    fn size(&self) -> io::Result<u64> {
        let sim = self.sim()?;
        Ok(sim.files.get(&self.inode).ok_or_else(gone)?.seen.len() as u64)
    }
}
