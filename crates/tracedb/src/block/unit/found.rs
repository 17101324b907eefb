//! What of a granule is known already, and the pages of the rest.
//!
//! Invariant: whatever the needs ask of the unit can be answered from here: where depths do not say all of a trace, the pages
//! of the tree are here too.

use super::page;
use crate::block::decoded::{Decoded, Kept, What};
use crate::block::sections::Granule;
use crate::block::{OpenBlock, Pages};
use crate::error::{DecodeError, TraceError};
use contract::UnitNeeds;
use store::BlockId;

/// What was found of a granule: what is known of it already, and the pages when that is not all.
#[derive(Debug, Default)]
pub(crate) struct Found {
    known: Vec<(What, Kept)>,
    pub(super) pages: Pages,
}

impl Found {
    /// What these needs ask of a granule; `ids` are the pages of them.
    pub(crate) async fn of(
        decoded: &Decoded,
        block: &OpenBlock,
        granule: usize,
        needs: &UnitNeeds,
        ids: &[u32],
    ) -> Result<Self, TraceError> {
        let (id, stored) = (block.reader.meta().id, &block.index.granules[granule]);
        let columns = needs.attributes.iter().map(|attribute| What::Column(attribute.clone()));
        let others = [(needs.starts, What::Starts), (needs.tree, What::Tree), (needs.nesting, What::Nesting)];
        let others = others.into_iter().filter_map(|(needed, what)| needed.then_some(what));
        let mut found = Found::default();
        if !found.learn(decoded, (id, granule), columns.chain(others)) || needs.keys {
            found.pages = block.some_pages(stored, ids).await?;
        }
        if needs.nesting
            && found.is_unclear(stored).map_err(TraceError::decode(block.reader.meta().path()))?
            && !found.learn(decoded, (id, granule), [What::Tree, What::Starts].into_iter())
        {
            found.pages.merge(block.some_pages(stored, &page::OF_TREE).await?);
        }
        Ok(found)
    }

    /// Takes what is known already; whether that is all of it.
    fn learn(
        &mut self,
        decoded: &Decoded,
        (id, granule): (BlockId, usize),
        wanted: impl Iterator<Item = What>,
    ) -> bool {
        let mut all = true;
        for what in wanted {
            match decoded.get(id, granule, what.clone()) {
                Some(kept) => self.known.push((what, kept)),
                None => all = false,
            }
        }
        all
    }

    /// Whether depths do not say all of some trace.
    fn is_unclear(&self, granule: &Granule) -> Result<bool, DecodeError> {
        match self.known(&What::Nesting) {
            Some(Kept::Nesting(nesting)) => Ok(!nesting.unclear.is_empty()),
            _ => Ok(self.pages.numbers(page::NESTED, granule.traces)?.contains(&0)),
        }
    }

    pub(super) fn known(&self, what: &What) -> Option<&Kept> {
        self.known.iter().find(|(known, _)| known == what).map(|(_, kept)| kept)
    }
}
