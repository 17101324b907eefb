//! Pages that come along as they are: nothing is unpacked but the columns, whose streams are numbered anew.

use super::Output;
use super::plan::Plan;
use crate::block::writer::Copied;
use crate::error::LogError;
use contract::Context;

/// Copies the pages that are kept, in the order of arrival.
pub(super) async fn copy(cx: &Context, plan: &Plan, output: &mut Output) -> Result<(), LogError> {
    let mut rest = plan.kept.as_slice();
    while let Some(first) = rest.first() {
        // One input after the other: its filters and roll-ups are in memory while its pages are copied.
        let (own, after) = rest.split_at(rest.iter().take_while(|of| of.input == first.input).count());
        rest = after;
        let input = &plan.inputs[first.input];
        let (filters, rollups) = (input.block.filters().await?, input.block.rollups().await?);
        let layout = input.block.filter_layout();
        for of in own {
            cx.check()?;
            let info = plan.info(*of);
            let mut columns = input.block.columns(of.page).await?;
            let missing = || LogError::Internal("a page names a stream that its block has not".to_owned());
            let mut row = 0;
            for (stream, rows) in &mut columns.runs {
                *stream = *input.places.get(*stream as usize).ok_or_else(missing)?;
                let times = &columns.times[row..row + *rows as usize];
                row += *rows as usize;
                // A run is sorted by time.
                if let (Some(first), Some(last)) = (times.first(), times.last()) {
                    output.writer.cover(*stream, *first, *last);
                }
            }
            let mut rollup = rollups[of.page].clone();
            for count in &mut rollup.counts {
                count.stream = *input.places.get(count.stream as usize).ok_or_else(missing)?;
            }
            let filter = layout.filter(&filters, of.page);
            let filter = filter.ok_or_else(|| LogError::Internal("a page lacks its filter".to_owned()))?;
            let text = input.block.packed_text(of.page).await?;
            output.writer.copy(&columns, Copied { info, text: &text, filter: &filter }, rollup);
            output.drain().await?;
        }
    }
    Ok(())
}
