//! The running agent: one task a receiver, all stopped and awaited together.

use crate::options::AgentOptions;
use crate::receivers::files::Follower;
use crate::receivers::host;
use crate::receivers::scrape::{self, Board, Scraper};
use contract::{Context, Ingest};
use std::sync::Arc;
use stdx::Cancel;
use stdx::task::{self, Task};

/// Running receivers. Dropping it aborts them; [`Agent::stop`] lets them finish what they are sending.
pub struct Agent {
    cancel: Cancel,
    tasks: Vec<Task<()>>,
    board: Arc<Board>,
}

impl Agent {
    /// Starts every receiver of `options`, handing batches to `ingest` under `cx`.
    pub fn start(options: AgentOptions, ingest: Arc<dyn Ingest>, cx: Context) -> std::io::Result<Self> {
        let cancel = Cancel::new();
        let mut tasks = Vec::new();
        if let Some(host) = options.host {
            tasks.push(task::spawn(host::run(host, ingest.clone(), cx.clone(), cancel.clone())));
        }
        if !options.files.is_empty() {
            let follower = Follower::open(options.files, &options.state_dir)?;
            tasks.push(task::spawn(follower.run(ingest.clone(), cx.clone(), cancel.clone())));
        }
        let board = Arc::new(Board::default());
        if !options.scrape.is_empty() {
            let client = reqwest::Client::builder().no_proxy().build().map_err(std::io::Error::other)?;
            for job in options.scrape {
                let scraper = Scraper {
                    ingest: ingest.clone(),
                    cx: cx.clone(),
                    client: client.clone(),
                    board: board.clone(),
                };
                tasks.push(task::spawn(scrape::run(job, scraper, cancel.clone())));
            }
        }
        Ok(Agent { cancel, tasks, board })
    }

    /// The state of scrape targets.
    pub fn targets(&self) -> Arc<Board> {
        self.board.clone()
    }

    /// Stops reading, finishes what is being sent, saves positions.
    pub async fn stop(self) {
        self.cancel.cancel();
        for task in self.tasks {
            if let Err(error) = task.join().await {
                tracing::warn!(%error, "a receiver did not end well");
            }
        }
    }
}
