//! Discovery that runs by itself: a task keeps asking, and whoever wants to know takes what it found last.
//!
//! Invariant: a question that fails changes nothing; the last good answer stays.

use super::consul::Consul;
use super::dns::Dns;
use super::docker::Docker;
use super::kubernetes::Kubernetes;
use crate::options::ScrapeJob;
use model::Labels;
use std::sync::Arc;
use stdx::Clock;
use stdx::task::{self, Task};
use tokio::sync::watch;

/// Where a task puts what it found.
pub(super) type Found = watch::Sender<Arc<Vec<Labels>>>;

/// Something that can be asked, with its options checked.
#[derive(Debug)]
enum Source {
    Consul(Consul),
    Dns(Dns),
    Docker(Box<Docker>),
    Kubernetes(Box<Kubernetes>),
}

impl Source {
    async fn run(self, clock: Clock, found: Found) {
        match self {
            Source::Consul(consul) => consul.run(clock, found).await,
            Source::Dns(dns) => dns.run(found).await,
            Source::Docker(docker) => docker.run(found).await,
            Source::Kubernetes(kubernetes) => kubernetes.run(found).await,
        }
    }
}

/// All tasks of one job.
#[derive(Debug, Default)]
pub(super) struct Feeds {
    waiting: Vec<Source>,
    running: Vec<Feed>,
}

#[derive(Debug)]
struct Feed {
    found: watch::Receiver<Arc<Vec<Labels>>>,
    /// Ends with the job.
    _task: Task<()>,
}

impl Feeds {
    /// The error names what cannot be used.
    pub(super) fn new(job: &ScrapeJob) -> Result<Self, String> {
        let mut waiting = Vec::new();
        for options in &job.dns_targets {
            waiting.push(Source::Dns(Dns::new(options.clone())));
        }
        for options in &job.docker_targets {
            waiting.push(Source::Docker(Box::new(Docker::new(options.clone())?)));
        }
        for options in &job.consul_targets {
            waiting.push(Source::Consul(Consul::new(options.clone())?));
        }
        for options in &job.kubernetes_targets {
            waiting.push(Source::Kubernetes(Box::new(Kubernetes::new(options.clone()))));
        }
        Ok(Feeds { waiting, running: Vec::new() })
    }

    /// What was found last; the first call starts the tasks and waits for their first answers, but not for long.
    pub(super) async fn read(&mut self, clock: &Clock) -> Vec<Labels> {
        let fresh = !self.waiting.is_empty();
        for source in self.waiting.drain(..) {
            let (sender, found) = watch::channel(Arc::default());
            let task = task::spawn(source.run(clock.clone(), sender));
            self.running.push(Feed { found, _task: task });
        }
        if fresh {
            let first = async {
                for feed in &mut self.running {
                    // A task that ended has nothing to say.
                    let _ = feed.found.changed().await;
                }
            };
            // Whoever does not answer by then is heard the next time.
            let _ = tokio::time::timeout(FIRST_ANSWER, first).await;
        }
        self.running.iter().flat_map(|feed| feed.found.borrow().to_vec()).collect()
    }
}

/// How long the first look waits for answers: longer than a healthy registry takes.
const FIRST_ANSWER: std::time::Duration = std::time::Duration::from_secs(2);
