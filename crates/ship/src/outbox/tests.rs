//! Through the queue to receivers that fail in the ways that receivers fail.

mod receiver;

use super::*;
use model::{Exemplar, FloatHistogram, Labels, LabelsBuilder, Metadata, MetricKind, Millis, Sample};
use receiver::Receiver;
use std::time::Duration;

fn outbox(folder: &std::path::Path, max_bytes: u64) -> Outbox {
    drop(rustls::crypto::ring::default_provider().install_default());
    Outbox::new(OutboxOptions { folder: folder.to_owned(), max_bytes, clock: Clock::system() })
}

/// An outlet that does not wait for company.
fn outlet(name: &str, receiver: &Receiver) -> Outlet {
    let options = OutletOptions {
        batch_deadline: Duration::from_millis(1),
        min_backoff: Duration::from_millis(1),
        max_backoff: Duration::from_millis(10),
        ..OutletOptions::new(name.to_owned(), receiver.url.clone())
    };
    Outlet { options, rewrite: None }
}

fn batch(series: &[&str], at: i64) -> MetricBatch {
    let mut batch = MetricBatch::default();
    for name in series {
        batch.push_series(
            &Labels::from_pairs([("__name__", *name)]),
            &[Sample { at: Millis(at), value: 1.0 }],
        );
    }
    batch
}

async fn put(outbox: &Outbox, series: &[&str], at: i64) {
    outbox.put(&Tenant::anonymous(), &batch(series, at)).await.unwrap();
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    for _ in 0..4000 {
        if is() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited in vain: {what}");
}

fn rows(series: &str, times: std::ops::Range<i64>) -> Vec<String> {
    times.map(|at| format!("{{__name__=\"{series}\"}} 1 @{at}")).collect()
}

const BUSY: &str = "429 Busy\r\nretry-after: 0";
const BROKEN: &str = "503 Broken";

#[tokio::test]
async fn what_was_put_arrives_once_in_order_over_failures_and_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start().await;
    let first = outbox(folder.path(), 1 << 30);
    assert!(!first.is_open());
    // Without an outlet nothing is kept.
    put(&first, &["a"], 0).await;
    first.deliver_these(vec![outlet("x", &receiver)]).await.unwrap();
    receiver.next_is(BUSY);
    receiver.next_is(BROKEN);
    put(&first, &["a"], 1).await;
    until("the first sample", || receiver.rows() == rows("a", 1..2)).await;
    let (_, tally) = first.outlets().remove(0);
    // The receiver has the sample before the outbox has read its answer and counted.
    until("the answer was counted", || tally.latest_millis() == 1).await;
    assert_eq!([Fate::Sent, Fate::Retried].map(|fate| tally.count(Part::Samples, fate)), [1, 2]);
    // Nobody answers while these are put, and the process ends.
    (0..1000).for_each(|_| receiver.next_is(BROKEN));
    for at in 2..20 {
        put(&first, &["a"], at).await;
    }
    assert!(first.pending_bytes("x") > 0);
    first.close().await;
    receiver.forget_answers();
    let second = outbox(folder.path(), 1 << 30);
    second.deliver_these(vec![outlet("x", &receiver)]).await.unwrap();
    put(&second, &["a"], 20).await;
    until("the rest", || receiver.rows().len() >= 20).await;
    assert_eq!(receiver.rows(), rows("a", 1..21));
    // An outlet that is gone leaves no place behind.
    second.deliver_these(Vec::new()).await.unwrap();
    put(&second, &["a"], 21).await;
    second.deliver_these(vec![outlet("x", &receiver)]).await.unwrap();
    put(&second, &["a"], 22).await;
    until("the last", || receiver.rows().len() == 21).await;
    assert_eq!(receiver.rows()[20..], rows("a", 22..23));
    second.close().await;
}

#[tokio::test]
async fn many_series_go_side_by_side_and_each_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start().await;
    let outbox = outbox(folder.path(), 1 << 30);
    let mut outlet = outlet("x", &receiver);
    (outlet.options.max_samples_per_send, outlet.options.max_lanes) = (3, 4);
    outbox.deliver_these(vec![outlet]).await.unwrap();
    let names: Vec<String> = (0..10).map(|i| format!("s{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for at in 0..20 {
        put(&outbox, &names, at).await;
    }
    until("all samples", || receiver.rows().len() == 200).await;
    let all = receiver.rows();
    for name in names {
        let prefix = format!("{{__name__=\"{name}\"}}");
        let own: Vec<_> = all.iter().filter(|row| row.starts_with(&prefix)).cloned().collect();
        assert_eq!(own, rows(name, 0..20));
    }
    assert!(receiver.taken().iter().all(|seen| seen.rows().len() <= 3));
    outbox.close().await;
}

#[tokio::test]
async fn series_are_rewritten_and_described_in_both_versions() {
    for message in [Message::Plain, Message::Interned] {
        let folder = tempfile::tempdir().unwrap();
        let receiver = Receiver::start().await;
        let outbox = outbox(folder.path(), 1 << 30);
        let mut outlet = outlet("x", &receiver);
        outlet.options.message = message;
        outlet.options.metadata_interval = Duration::from_millis(1);
        outlet.options.send_exemplars = true;
        outlet.options.external_labels = vec![("dc".to_owned(), "1".to_owned())];
        outlet.rewrite = Some(Arc::new(|labels: &Labels| {
            let mut builder = LabelsBuilder::from(labels);
            builder.set("seen", labels.value("dc"));
            (labels.value("__name__") != "secret").then(|| builder.build())
        }));
        outbox.deliver_these(vec![outlet]).await.unwrap();
        let mut batch = batch(&["secret", "hits_total"], 5);
        batch.push_label("__name__", "hits_total");
        batch.push_exemplar(Exemplar {
            labels: Labels::from_pairs([("id", "z")]),
            value: 2.0,
            at: Millis(4),
        });
        batch.finish_series().unwrap();
        batch.push_label("__name__", "native");
        batch.push_histogram(Millis(5), FloatHistogram::default());
        batch.finish_series().unwrap();
        batch.metadata.push(Metadata {
            family: "hits".into(),
            kind: MetricKind::Counter,
            help: "Hits.".into(),
            unit: String::new(),
        });
        outbox.put(&Tenant::parse("team").unwrap(), &batch).await.unwrap();
        let described = || receiver.taken().iter().any(|seen| !seen.batch.metadata.is_empty());
        until("sample and description", || !receiver.rows().is_empty() && described()).await;
        assert_eq!(receiver.rows(), [r#"{__name__="hits_total", dc="1", seen="1"} 1 @5"#]);
        let taken = receiver.taken();
        let exemplars: Vec<_> = taken
            .iter()
            .flat_map(|seen| seen.batch.series().flat_map(|s| s.exemplars().to_vec()).collect::<Vec<_>>())
            .collect();
        assert_eq!(exemplars.iter().map(|e| (e.value, e.at.0)).collect::<Vec<_>>(), [(2.0, 4)]);
        let family = taken.iter().find_map(|seen| seen.batch.metadata.first()).unwrap();
        let name = if message == Message::Plain { "hits" } else { "hits_total" };
        assert_eq!(
            (family.family.as_str(), family.kind, family.help.as_str()),
            (name, MetricKind::Counter, "Hits.")
        );
        let version = if message == Message::Plain { "0.1.0" } else { "2.0.0" };
        let head = &taken[0].head;
        assert!(
            head.contains(&format!("remote-write-version: {version}"))
                && head.contains("x-scope-orgid: team")
        );
        let (_, tally) = outbox.outlets().remove(0);
        assert_eq!(tally.count(Part::Samples, Fate::Relabelled), 1);
        assert_eq!(tally.count(Part::Histograms, Fate::Unsendable), 1);
        assert_eq!(tally.count(Part::Exemplars, Fate::Sent), 1);
        outbox.close().await;
    }
}

#[tokio::test]
async fn what_the_receiver_refuses_costs_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start().await;
    let outbox = outbox(folder.path(), 1 << 30);
    outbox.deliver_these(vec![outlet("x", &receiver)]).await.unwrap();
    for _ in 0..12 {
        receiver.next(|seen| match seen.rows().iter().any(|row| row.contains("bad")) {
            true => "400 Bad Request".to_owned(),
            false => "204 No Content".to_owned(),
        });
    }
    put(&outbox, &["a", "b", "bad", "c", "d"], 1).await;
    put(&outbox, &["e"], 2).await;
    until("the good ones", || receiver.rows().len() == 5).await;
    let (_, tally) = outbox.outlets().remove(0);
    until("the bad one was counted", || tally.count(Part::Samples, Fate::Failed) == 1).await;
    assert_eq!(tally.count(Part::Samples, Fate::Sent), 5);
    outbox.close().await;
}

#[tokio::test]
async fn a_receiver_of_the_first_version_is_told_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start().await;
    let outbox = outbox(folder.path(), 1 << 30);
    let mut outlet = outlet("x", &receiver);
    outlet.options.message = Message::Interned;
    outbox.deliver_these(vec![outlet]).await.unwrap();
    receiver.next_is("415 Unsupported Media Type");
    put(&outbox, &["a"], 1).await;
    until("the sample", || receiver.rows() == rows("a", 1..2)).await;
    assert!(receiver.taken()[0].head.contains("remote-write-version: 0.1.0"));
    let (_, tally) = outbox.outlets().remove(0);
    assert_eq!((tally.count(Part::Samples, Fate::Sent), tally.count(Part::Samples, Fate::Failed)), (1, 0));
    outbox.close().await;
}

#[tokio::test]
async fn a_full_queue_loses_its_oldest_samples_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (stuck, quick) = (Receiver::start().await, Receiver::start().await);
    let outbox = outbox(folder.path(), 1);
    outbox.deliver_these(vec![outlet("stuck", &stuck), outlet("quick", &quick)]).await.unwrap();
    (0..100_000).for_each(|_| stuck.next_is(BROKEN));
    let of = |name: &str| outbox.outlets().into_iter().find(|(o, _)| o.options.name == name).unwrap().1;
    let (stuck_tally, quick) = (of("stuck"), of("quick"));
    // Names that do not pack: 40 batches of 32 KiB are twice the bound.
    let mut rng = stdx::Rng::seeded(1);
    let mut put_rows = 0;
    for at in 0..40 {
        let name = |_| format!("s{:016x}{:016x}", rng.next_u64(), rng.next_u64());
        let names: Vec<String> = (0..512).map(name).collect();
        put(&outbox, &names.iter().map(String::as_str).collect::<Vec<_>>(), at).await;
        put_rows += 512;
        until("the quick one", || quick.count(Part::Samples, Fate::Sent) == put_rows).await;
    }
    stuck.forget_answers();
    until("what is left", || {
        let lost = stuck_tally.count(Part::Samples, Fate::Lost);
        lost > 0 && stuck_tally.count(Part::Samples, Fate::Sent) + lost >= put_rows
    })
    .await;
    // The newest are there; what was under way when the queue was cut may have been sent all the same.
    assert!(stuck.rows().last().unwrap().ends_with("@39"));
    assert_eq!(quick.count(Part::Samples, Fate::Lost), 0);
    outbox.close().await;
    let left: u64 =
        std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum();
    assert!(left <= 10 * (64 << 10), "{left}");
}

#[tokio::test]
async fn an_outlet_that_cannot_be_used_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start().await;
    let outbox = outbox(folder.path(), 1 << 30);
    let mut wrong = outlet("wrong", &receiver);
    wrong.options.url = "::".to_owned();
    let error = outbox.deliver_these(vec![outlet("x", &receiver), wrong]).await.unwrap_err();
    assert!(error.contains("wrong") && error.contains("no URL"), "{error}");
    assert!(!outbox.is_open() && outbox.outlets().is_empty());
}
