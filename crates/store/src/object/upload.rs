//! An object that is written while it is made: what exceeds memory goes out in parts.
//!
//! Used by merges through `block/stream.rs`. Invariant: the object is there whole and durable once [`Upload::finish`] has
//! answered, and not at all before; what is given up leaves nothing that a reader sees.

use super::{Objects, answer, parse};
use crate::error::StoreError;
use bytes::Bytes;
use object_store::{MultipartUpload, ObjectStoreExt};

/// 8 MiB: what stands in memory; above the least that clouds take as a part, and far from their most of 10,000 parts.
const PART_BYTES: usize = 8 << 20;

/// An object that is being written.
#[derive(Debug)]
pub struct Upload {
    objects: Objects,
    path: String,
    part: Vec<u8>,
    /// Begun with the first part: an object of one part is put at once.
    parts: Option<Box<dyn MultipartUpload>>,
}

impl Objects {
    /// Starts writing an object over what was there: for keys whose content is determined by the key.
    pub fn upload(&self, path: &str) -> Upload {
        Upload { objects: self.clone(), path: path.to_owned(), part: Vec::new(), parts: None }
    }
}

impl Upload {
    /// Appends bytes; parts that are full go out before it answers.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), StoreError> {
        while self.part.len() + bytes.len() >= PART_BYTES {
            let (now, rest) = bytes.split_at(PART_BYTES - self.part.len());
            self.part.extend_from_slice(now);
            bytes = rest;
            let full = std::mem::take(&mut self.part);
            self.send(full).await?;
        }
        self.part.extend_from_slice(bytes);
        Ok(())
    }

    async fn send(&mut self, part: Vec<u8>) -> Result<(), StoreError> {
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => {
                let begun = self.objects.0.store.put_multipart(&parse(&self.path)?).await;
                none.insert(begun.map_err(|error| answer(&self.path, error))?)
            }
        };
        parts.put_part(Bytes::from(part).into()).await.map_err(|error| answer(&self.path, error))
    }

    /// Makes the object visible and durable.
    pub async fn finish(mut self) -> Result<(), StoreError> {
        let last = std::mem::take(&mut self.part);
        if self.parts.is_none() {
            return self.objects.put(&self.path, last.into()).await;
        }
        if !last.is_empty() {
            self.send(last).await?;
        }
        let Some(mut parts) = self.parts.take() else { return Ok(()) };
        parts.complete().await.map(drop).map_err(|error| answer(&self.path, error))
    }

    /// Gives the object up: what was sent is deleted, as far as the store is reached.
    pub async fn abort(mut self) {
        if let Some(mut parts) = self.parts.take()
            && let Err(error) = parts.abort().await
        {
            tracing::warn!(path = self.path, %error, "parts of an object that was given up stay behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn objects_of_any_size_are_whole_or_not_there() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let objects = Objects::open(&dir.path().display().to_string(), &[]).expect("a directory");
        for size in [0, 5, PART_BYTES, 2 * PART_BYTES + 3] {
            let path = format!("a/{size}");
            let bytes: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
            let mut upload = objects.upload(&path);
            for piece in bytes.chunks(3 << 20) {
                upload.write(piece).await.expect("a write");
            }
            assert!(objects.get(&path).await.is_err(), "nothing is seen before the end");
            upload.finish().await.expect("an end");
            assert!(objects.get(&path).await.expect("the object") == bytes, "{size}");
        }
        let mut upload = objects.upload("b");
        upload.write(&vec![1; PART_BYTES + 1]).await.expect("a write");
        upload.abort().await;
        assert!(objects.get("b").await.is_err());
    }
}
