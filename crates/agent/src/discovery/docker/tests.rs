//! Against an API of this process.

use super::super::server::{Answer, Server, at_once};
use super::*;
use ship::http::Client;
use std::time::Duration;

const CONTAINERS: &str = r#"[
 {"Id":"aaa","Names":["/web"],"Labels":{"com.docker.compose.service":"web"},"State":"running",
  "Ports":[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"},{"PrivatePort":53,"Type":"udp"},{"PrivatePort":443,"Type":"tcp"}],
  "HostConfig":{"NetworkMode":"front"},
  "NetworkSettings":{"Networks":{"zeta":{"NetworkID":"n2","IPAddress":"10.2.0.2"},"front":{"NetworkID":"n1","IPAddress":"10.1.0.2"}}}},
 {"Id":"bbb","Names":["/side"],"Labels":null,"Ports":null,"HostConfig":{"NetworkMode":"container:aaa"},"NetworkSettings":{"Networks":{}}},
 {"Id":"ccc","Names":["/host"],"Labels":{},"Ports":[],"HostConfig":{"NetworkMode":"host"},"NetworkSettings":{"Networks":{"host":{"NetworkID":"n3","IPAddress":""}}}},
 {"Id":"ddd","Names":[],"HostConfig":{"NetworkMode":"front"}}
]"#;
const NETWORKS: &str = r#"[
 {"Id":"n1","Name":"front","Scope":"local","Internal":false,"Ingress":false,"Labels":{"a.b":"c"}},
 {"Id":"n3","Name":"host","Scope":"local","Internal":false,"Ingress":false,"Labels":null}
]"#;

fn options(host: &str) -> DockerTargets {
    DockerTargets {
        host: host.to_owned(),
        port: 80,
        host_networking_host: "localhost".to_owned(),
        match_first_network: true,
        filters: BTreeMap::from([("status".to_owned(), vec!["running".to_owned()])]),
        interval: Duration::from_secs(60),
        client: Client::default(),
    }
}

fn shown(targets: &[Labels]) -> Vec<String> {
    let facts = [
        "__address__",
        "__meta_docker_container_name",
        "__meta_docker_port_public",
        "__meta_docker_network_name",
    ];
    targets.iter().map(|labels| facts.map(|name| labels.value(name)).join(" ")).collect()
}

#[tokio::test]
async fn containers_become_targets() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let respond = || {
        at_once(|head| match head {
            head if head.starts_with("GET /containers/json?") => Answer::json(CONTAINERS),
            head if head.starts_with("GET /networks ") => Answer::json(NETWORKS),
            _ => Answer::status("404 Not Found"),
        })
    };
    let folder = tempfile::tempdir().unwrap();
    let over_socket = Server::over_socket(&folder.path().join("docker.sock"), respond());
    let over_tcp = Server::start(respond()).await;
    let tcp = over_tcp.url.replace("http://", "tcp://");
    for host in [over_socket.url.as_str(), &tcp] {
        let found = Docker::new(options(host)).unwrap().refresh().await.unwrap();
        assert_eq!(
            shown(&found),
            [
                "10.1.0.2:80 /web 8080 front",
                "10.1.0.2:443 /web  front",
                "10.1.0.2:80 /side  front",
                "localhost /host  host",
            ]
        );
        assert_eq!(
            found[0].to_string(),
            r#"{__address__="10.1.0.2:80", __meta_docker_container_id="aaa", __meta_docker_container_label_com_docker_compose_service="web", __meta_docker_container_name="/web", __meta_docker_container_network_mode="front", __meta_docker_network_id="n1", __meta_docker_network_ingress="false", __meta_docker_network_internal="false", __meta_docker_network_ip="10.1.0.2", __meta_docker_network_label_a_b="c", __meta_docker_network_name="front", __meta_docker_network_scope="local", __meta_docker_port_private="80", __meta_docker_port_public="8080", __meta_docker_port_public_ip="0.0.0.0"}"#
        );
    }
    assert!(over_tcp.seen.lock().unwrap()[0].contains("filters=%7B%22status%22%3A%5B%22running%22%5D%7D"));
    let all = DockerTargets { match_first_network: false, ..options(&tcp) };
    assert_eq!(Docker::new(all).unwrap().refresh().await.unwrap().len(), 7);
    assert!(Docker::new(options("ftp://x")).is_err());
    let gone = Docker::new(options("tcp://127.0.0.1:1")).unwrap();
    assert!(gone.refresh().await.is_err());
}
