//! Against a name server of this process.

use super::*;

/// Answers by hand: to the name `question` as the wire has it, flags and records (kind, data).
type Known = fn(&str, u8) -> Option<(u8, Vec<Vec<u8>>)>;

/// The name of a question, and its kind.
fn asked(packet: &[u8]) -> (String, u8, usize) {
    let (mut at, mut name) = (12, String::new());
    while packet[at] > 0 {
        let end = at + 1 + usize::from(packet[at]);
        name.push_str(std::str::from_utf8(&packet[at + 1..end]).unwrap());
        name.push('.');
        at = end;
    }
    (name, packet[at + 2], at + 5)
}

fn answer(packet: &[u8], known: Known, truncated: bool) -> Vec<u8> {
    let (name, kind, end) = asked(packet);
    let (code, records) = known(&name, kind).unwrap_or((3, Vec::new()));
    let records = if truncated { Vec::new() } else { records };
    let mut out = packet[..2].to_vec();
    out.extend_from_slice(&[
        if truncated { 0x83 } else { 0x81 },
        0x80 | code,
        0,
        1,
        0,
        u8::try_from(records.len()).unwrap(),
    ]);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&packet[12..end]);
    for data in records {
        out.extend_from_slice(&[0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, u8::try_from(data.len()).unwrap()]);
        out.extend_from_slice(&data);
    }
    out
}

/// A server that speaks UDP, and TCP when `truncated`.
async fn name_server(known: Known, truncated: bool) -> (SocketAddr, Vec<stdx::task::Task<()>>) {
    let tcp = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = tcp.local_addr().unwrap();
    let udp = UdpSocket::bind(at).await.unwrap();
    let packets = stdx::task::spawn(async move {
        let mut packet = vec![0; 512];
        while let Ok((length, from)) = udp.recv_from(&mut packet).await {
            // A stranger's packet first, which is not to be believed.
            udp.send_to(b"nonsense", from).await.unwrap();
            udp.send_to(&answer(&packet[..length], known, truncated), from).await.unwrap();
        }
    });
    let streams = stdx::task::spawn(async move {
        while let Ok((mut stream, _)) = tcp.accept().await {
            let mut packet = vec![0; usize::from(stream.read_u16().await.unwrap())];
            stream.read_exact(&mut packet).await.unwrap();
            let out = answer(&packet, known, false);
            stream.write_u16(u16::try_from(out.len()).unwrap()).await.unwrap();
            stream.write_all(&out).await.unwrap();
        }
    });
    (at, vec![packets, streams])
}

async fn found(kind: RecordKind, names: &[&str], truncated: bool) -> Vec<String> {
    let known: Known = |name, kind| {
        Some(match (name, kind) {
            ("web.corp.", 1) => (0, vec![vec![10, 0, 0, 1], vec![10, 0, 0, 2]]),
            ("web.corp.", 28) => (0, vec![[vec![0; 15], vec![1]].concat()]),
            ("_x._tcp.web.corp.", 33) => {
                (0, vec![[vec![0, 1, 0, 2, 0x1f, 0x90], b"\x04node\x04corp\0".to_vec()].concat()])
            }
            ("corp.", 15) => (0, vec![b"\0\x05\x04mail\x04corp\0".to_vec()]),
            ("corp.", 2) => (0, vec![b"\x02ns\x04corp\0".to_vec()]),
            ("broken.", _) => (2, Vec::new()),
            _ => return None,
        })
    };
    let (server, _tasks) = name_server(known, truncated).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("resolv.conf");
    let text = format!("# none\nnameserver {server}\nsearch elsewhere corp\noptions timeout:5 attempts:1\n");
    std::fs::write(&path, text).unwrap();
    let mut dns = Dns::new(DnsTargets {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        kind,
        port: 80,
        interval: Duration::from_secs(30),
        resolv_conf: path,
    });
    // What was known of a name stays when no server answers for it.
    let before = Labels::from_pairs([(ADDRESS, "before:1")]);
    dns.known.insert("broken.".to_owned(), vec![before]);
    dns.refresh().await;
    dns.known.values().flatten().map(Labels::to_string).collect()
}

#[tokio::test]
async fn records_of_each_kind_become_targets() {
    for truncated in [false, true] {
        assert_eq!(
            found(RecordKind::A, &["web", "none"], truncated).await[1..],
            [
                r#"{__address__="10.0.0.1:80", __meta_dns_name="web"}"#,
                r#"{__address__="10.0.0.2:80", __meta_dns_name="web"}"#,
            ]
        );
    }
    for (kind, name, want) in [
        (RecordKind::Aaaa, "web.corp", r#"{__address__="[::1]:80", __meta_dns_name="web.corp"}"#),
        (
            RecordKind::Srv,
            "_x._tcp.web.corp.",
            r#"{__address__="node.corp:8080", __meta_dns_name="_x._tcp.web.corp.", __meta_dns_srv_record_port="8080", __meta_dns_srv_record_target="node.corp."}"#,
        ),
        (
            RecordKind::Mx,
            "corp.",
            r#"{__address__="mail.corp:80", __meta_dns_mx_record_target="mail.corp.", __meta_dns_name="corp."}"#,
        ),
        (
            RecordKind::Ns,
            "corp.",
            r#"{__address__="ns.corp:80", __meta_dns_name="corp.", __meta_dns_ns_record_target="ns.corp."}"#,
        ),
    ] {
        let all = found(kind, &[name, "broken."], false).await;
        assert!(all.contains(&want.to_owned()) && all.len() == 2, "{all:?}");
        assert!(all.contains(&r#"{__address__="before:1"}"#.to_owned()), "{all:?}");
    }
}

#[test]
fn resolv_conf_is_read() {
    let read = Resolver::parse(
        "nameserver 10.0.0.1\nnameserver ::1\nsearch a b.\noptions ndots:5 rotate timeout:99\n",
    );
    assert_eq!(read.servers, ["10.0.0.1:53".parse().unwrap(), "[::1]:53".parse().unwrap()]);
    assert_eq!((read.dots, read.timeout.as_secs(), read.attempts), (5, 30, 2));
    assert_eq!(read.candidates("x.y"), ["x.y.a.", "x.y.b.", "x.y."]);
    assert_eq!(read.candidates("x.y."), ["x.y."]);
    let none = Resolver::parse("");
    assert_eq!((none.servers, none.search.len()), (vec!["127.0.0.1:53".parse().unwrap()], 0));
}
