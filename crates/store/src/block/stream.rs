//! A block that is written while it is made: sections go out as they come, the footer last. The same bytes as
//! [`BlockWriter`](super::BlockWriter) makes of the same sections.
//!
//! Stop of the keeping walk between an engine's merge and `object/upload.rs`. Invariant: memory is one part of the upload,
//! whatever the block's size.

use super::{ALIGNMENT, HEADER_BYTES, SectionInfo, footer, header};
use crate::error::StoreError;
use crate::meta::BlockMeta;
use crate::object::{Objects, Upload};

/// A block that goes out as it is written.
#[derive(Debug)]
pub struct BlockStream {
    upload: Upload,
    sections: Vec<SectionInfo>,
    /// Bytes so far.
    at: u64,
    /// The section that is being written.
    open: Option<SectionInfo>,
}

impl BlockStream {
    /// Starts a block at the path of `meta`, of which only tenant, signal and id need be known.
    pub async fn begin(objects: &Objects, meta: &BlockMeta) -> Result<BlockStream, StoreError> {
        let mut upload = objects.upload(&meta.path());
        upload.write(&header()).await?;
        Ok(BlockStream { upload, sections: Vec::new(), at: HEADER_BYTES as u64, open: None })
    }

    /// Begins a section, and ends the one before.
    pub async fn section(&mut self, kind: u16, version: u16) -> Result<(), StoreError> {
        self.end_section().await?;
        self.open = Some(SectionInfo { kind, version, offset: self.at, len: 0, crc: 0 });
        Ok(())
    }

    /// Appends to the section that was begun last.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let open = self.open.as_mut().ok_or_else(|| StoreError::Invalid("bytes of no section".to_owned()))?;
        open.len += bytes.len() as u64;
        open.crc = codec::crc32c_extend(open.crc, bytes);
        self.at += bytes.len() as u64;
        self.upload.write(bytes).await
    }

    async fn end_section(&mut self) -> Result<(), StoreError> {
        let Some(section) = self.open.take() else { return Ok(()) };
        self.sections.push(section);
        let padding = self.at.next_multiple_of(ALIGNMENT as u64) - self.at;
        self.at += padding;
        self.upload.write(&[0; ALIGNMENT][..padding as usize]).await
    }

    /// Writes the footer; the block is durable when it answers, with its size filled in.
    pub async fn finish(mut self, mut meta: BlockMeta) -> Result<BlockMeta, StoreError> {
        self.end_section().await?;
        meta.bytes = 0;
        let mut end = Vec::new();
        footer(&mut end, &meta, &self.sections);
        self.upload.write(&end).await?;
        self.upload.finish().await?;
        meta.bytes = self.at + end.len() as u64;
        Ok(meta)
    }

    /// Gives the block up.
    pub async fn abort(self) {
        self.upload.abort().await;
    }
}
