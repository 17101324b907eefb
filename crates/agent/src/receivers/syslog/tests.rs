//! Real sockets of every kind, and messages of every form.

use super::*;
use crate::options::{Certificates, Credential};
use crate::relabel::{RelabelAction, RelabelRule};
use contract::{IngestError, Outcome, RefusalReason};
use model::{LogBatch, MetricBatch, SpanBatch, Tenant};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use stdx::BoxFuture;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A certificate for `door.test` that nobody else signed, valid until 2126.
const CERTIFICATE: &str = include_str!("../../../testdata/syslog.pem");
const KEY: &str = include_str!("../../../testdata/syslog.key.pem");

/// Tells of each line as `tenant labels metadata: line`; refuses lines that say so.
struct Told(UnboundedSender<String>);

impl Ingest for Told {
    fn metrics<'a>(&'a self, _: &'a Context, _: MetricBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async { Ok(Outcome::default()) })
    }

    fn logs<'a>(&'a self, cx: &'a Context, batch: LogBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        let mut outcome = Outcome::default();
        for stream in batch.streams {
            for entry in stream.entries {
                let metadata: Vec<String> = entry.metadata.iter().map(|(n, v)| format!("{n}={v}")).collect();
                if entry.text() == "refuse me" {
                    outcome.refuse(RefusalReason::TooLarge, 1, || "too large".to_owned());
                }
                let (tenant, labels) = (cx.tenant.as_str(), &stream.labels);
                let text = format!("{tenant} {labels} {}: {}", metadata.join(" "), entry.text());
                self.0.send(text).unwrap();
            }
        }
        Box::pin(async move { Ok(outcome) })
    }

    fn spans<'a>(&'a self, _: &'a Context, _: SpanBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async { Ok(Outcome::default()) })
    }
}

struct Scene {
    address: SocketAddr,
    lines: UnboundedReceiver<String>,
    counts: Arc<SyslogCounts>,
    cancel: Cancel,
    task: Task<()>,
}

impl Scene {
    async fn open(transport: SyslogTransport, change: impl FnOnce(&mut SyslogListener)) -> Scene {
        let mut options = SyslogListener::new(SocketAddr::from(([127, 0, 0, 1], 0)), transport);
        options.relabel = vec![copy("__syslog_message_hostname", "host")];
        options.metadata = false;
        change(&mut options);
        let bound = Bound::open(options).await.unwrap();
        let (sender, lines) = unbounded_channel();
        let (counts, cancel) = (Arc::<SyslogCounts>::default(), Cancel::new());
        let (ingest, cx) = (Arc::new(Told(sender)), Context::for_tests());
        let address = bound.address();
        let task = task::spawn(bound.run(ingest, cx, counts.clone(), cancel.clone()));
        Scene { address, lines, counts, cancel, task }
    }

    async fn line(&mut self) -> String {
        self.lines.recv().await.unwrap()
    }

    /// Stops the listener and says what was stored, unwanted, refused, overflowed.
    async fn counted(self) -> [u64; 4] {
        self.cancel.cancel();
        self.task.join().await.unwrap();
        let counts = &self.counts;
        assert_eq!(counts.connections.load(Ordering::Relaxed), 0);
        [&counts.stored, &counts.unwanted, &counts.refused, &counts.overflowed]
            .map(|count| count.load(Ordering::Relaxed))
    }
}

fn copy(from: &str, to: &str) -> RelabelRule {
    let mut rule = RelabelRule::new(RelabelAction::Replace, Some("(.+)")).unwrap();
    rule.source_labels = vec![from.to_owned()];
    rule.target_label = to.to_owned();
    rule
}

#[tokio::test]
async fn packets_are_messages_and_wrong_ones_are_counted() {
    let mut scene = Scene::open(SyslogTransport::Udp, |options| {
        options.tenant = Some(Tenant::parse("a").unwrap());
        options.max_message_bytes = 64;
        let mut drop = RelabelRule::new(RelabelAction::Drop, Some("noise")).unwrap();
        drop.source_labels = vec!["__syslog_message_app_name".to_owned()];
        options.relabel.push(drop);
    })
    .await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let long = format!("<34>{}", "x".repeat(64));
    for packet in ["no priority", &long, "<34>1 - b noise - - - x", "<34>Nov 25 10:00:00 b app: refuse me\n"]
    {
        socket.send_to(packet.as_bytes(), scene.address).await.unwrap();
    }
    socket.send_to(b"<34>1 2026-11-25T10:00:00Z b app - - - a \xff\ntext\n", scene.address).await.unwrap();
    assert_eq!(scene.line().await, "a {host=\"b\"} : refuse me");
    assert_eq!(scene.line().await, "a {host=\"b\"} : a \u{fffd}\ntext");
    assert_eq!(scene.counted().await, [1, 1, 3, 0]);
}

#[tokio::test]
async fn a_stream_holds_messages_of_both_framings_until_it_breaks() {
    let mut scene = Scene::open(SyslogTransport::Tcp, |_| {}).await;
    let mut stream = TcpStream::connect(scene.address).await.unwrap();
    stream.write_all(b"<34>1 - a app - - - one\n27 <34>1 - b app - - - two").await.unwrap();
    stream.write_all(b"\nlines nonsense\n<34>x: three\n").await.unwrap();
    for wanted in ["{host=\"a\"} : one", "{host=\"b\"} : two\nlin"] {
        assert_eq!(scene.line().await, format!("anonymous {wanted}"));
    }
    // The rest of the line is no message.
    assert_eq!(scene.line().await, "anonymous {} : three");
    stream.write_all(b"99999 <34>").await.unwrap();
    // Its end is seen by the sender.
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
    // What has no end is a message when its stream ends.
    let mut other = TcpStream::connect(scene.address).await.unwrap();
    other.write_all(b"<34>1 - c app - - - last").await.unwrap();
    drop(other);
    assert_eq!(scene.line().await, "anonymous {host=\"c\"} : last");
    assert_eq!(scene.counted().await, [4, 0, 2, 0]);
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let scene = Scene::open(SyslogTransport::Tcp, |options| options.idle = Duration::from_millis(1)).await;
    let mut stream = TcpStream::connect(scene.address).await.unwrap();
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    assert_eq!(scene.counted().await, [0; 4]);
}

#[tokio::test]
async fn tls_takes_whom_it_is_told_to() {
    let certificates = |clients: bool| Certificates {
        certificate: Credential::Text(CERTIFICATE.to_owned()),
        key: Credential::Text(KEY.to_owned()),
        clients: clients.then(|| Credential::Text(CERTIFICATE.to_owned())),
    };
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap()).unwrap();
    let client = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
    let name = ServerName::try_from("door.test").unwrap();

    let mut scene = Scene::open(SyslogTransport::Tls(certificates(false)), |_| {}).await;
    let stream = TcpStream::connect(scene.address).await.unwrap();
    let mut stream = connector.connect(name.clone(), stream).await.unwrap();
    stream.write_all(b"25 <34>1 - a app - - - secret").await.unwrap();
    stream.flush().await.unwrap();
    assert_eq!(scene.line().await, "anonymous {host=\"a\"} : secre");
    let mut plain = TcpStream::connect(scene.address).await.unwrap();
    plain.write_all(b"<34>1 - a app - - - plain\n").await.unwrap();
    let mut answer = Vec::new();
    // An alert, or the connection is reset.
    drop(plain.read_to_end(&mut answer).await);
    drop(stream);
    // The "t" behind the message is none.
    assert_eq!(scene.counted().await, [1, 0, 1, 0]);

    let scene = Scene::open(SyslogTransport::Tls(certificates(true)), |_| {}).await;
    let stream = TcpStream::connect(scene.address).await.unwrap();
    let refused = match connector.connect(name, stream).await {
        Ok(mut stream) => stream.read(&mut [0]).await.is_err(),
        Err(_) => true,
    };
    assert!(refused);
    assert_eq!(scene.counted().await, [0, 0, 1, 0]);
    let broken = Certificates { key: Credential::Text("x".to_owned()), ..certificates(false) };
    let options = SyslogListener::new(SocketAddr::from(([127, 0, 0, 1], 0)), SyslogTransport::Tls(broken));
    let error = Bound::open(options).await.err().unwrap();
    assert!(error.starts_with("syslog: 127.0.0.1:0: tls key: "), "{error}");
}

#[test]
fn what_a_message_says_becomes_labels_metadata_and_time() {
    let now = Nanos(1_795_608_000_000_000_000);
    let mut options = SyslogListener::new(SocketAddr::from(([127, 0, 0, 1], 0)), SyslogTransport::Udp);
    options.labels.insert("job".to_owned(), "net".to_owned());
    options.structured_data = true;
    let mut map = RelabelRule::new(RelabelAction::LabelMap, Some("__syslog_(.+)")).unwrap();
    map.replacement = "$1".to_owned();
    options.relabel = vec![map];
    let peer = IpAddr::from([10, 0, 0, 7]);
    let newer = b"<165>1 2026-11-25T10:00:00Z h app 7 ID [ex@1 a=\"b\" c=\"\"] text";
    let read = entry::record(&options, newer, peer, now).unwrap().unwrap();
    assert_eq!(
        read.labels.to_string(),
        "{connection_hostname=\"10.0.0.7\", connection_ip_address=\"10.0.0.7\", job=\"net\", message_app_name=\"app\", \
         message_facility=\"local4\", message_hostname=\"h\", message_msg_id=\"ID\", message_proc_id=\"7\", \
         message_sd_ex_1_a=\"b\", message_severity=\"notice\"}"
    );
    let metadata: Vec<String> = read.entry.metadata.iter().map(|(n, v)| format!("{n}={v}")).collect();
    assert_eq!(
        metadata,
        [
            "severity=notice",
            "facility=local4",
            "hostname=h",
            "app_name=app",
            "proc_id=7",
            "msg_id=ID",
            "ex_1_a=b"
        ]
    );
    assert_eq!((read.entry.at, read.entry.text()), (now, "text"));

    options.incoming_time = true;
    options.zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    options.whole_message = true;
    let at = |message: &[u8]| entry::record(&options, message, peer, now).unwrap().unwrap().entry;
    assert_eq!(at(newer).at, Nanos(1_795_600_800_000_000_000));
    let older = at(b"<34>Nov 25 10:00:00 h app: text\n");
    assert_eq!((older.at.0, older.text()), (1_795_597_200_000_000_000, "<34>Nov 25 10:00:00 h app: text"));
    assert_eq!(at(b"<34>text").at, now);

    options.raw = true;
    let raw = entry::record(&options, b"anything\r\n", peer, now).unwrap().unwrap();
    assert_eq!((raw.entry.text(), raw.entry.metadata.len()), ("anything", 0));
}
