//! Deletes block objects that nothing refers to any more, every quarter of an hour.

use std::time::Duration;
use stdx::Cancel;
use store::Sweeper;

/// Removed blocks stay for hours anyway; a listing of a bucket costs little, but not nothing.
const EVERY: Duration = Duration::from_secs(15 * 60);

/// Sweeps until canceled.
pub(super) async fn run(mut sweeper: Sweeper, cancel: Cancel) {
    loop {
        tokio::select! {
            () = cancel.canceled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        match sweeper.sweep().await {
            Ok(report) if report.deleted > 0 => {
                tracing::info!(
                    objects = report.deleted,
                    bytes = report.bytes,
                    "unreferenced blocks were deleted"
                );
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "unreferenced blocks could not be swept; trying again later")
            }
        }
    }
}
