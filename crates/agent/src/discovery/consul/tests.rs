//! Against a catalog of this process, which answers when something changes.

use super::super::server::{Answer, Respond, Server};
use super::*;
use crate::options::Credential;
use ship::http::Client;
use std::sync::Mutex;
use tokio::sync::watch;

/// Services by name: their tags and instances as JSON, and the index of each list.
#[derive(Clone, Default)]
struct Catalog {
    services: String,
    instances: BTreeMap<String, String>,
    index: u64,
}

fn respond(catalog: &watch::Sender<Catalog>, heads: &Arc<Mutex<Vec<String>>>) -> Respond {
    let (receiver, heads) = (catalog.subscribe(), heads.clone());
    Arc::new(move |head: String| {
        let mut receiver = receiver.clone();
        heads.lock().unwrap().push(head.clone());
        Box::pin(async move {
            let url = Url::parse(&format!("http://x{}", head.split(' ').nth(1).unwrap())).unwrap();
            let index: u64 = url
                .query_pairs()
                .find(|(name, _)| name == "index")
                .map_or(0, |(_, value)| value.parse().unwrap());
            let now = receiver.wait_for(|catalog| catalog.index > index).await.unwrap().clone();
            let path = url.path().strip_prefix("/consul").unwrap_or("").to_owned();
            let body = match path.as_str() {
                "/v1/agent/self" => r#"{"Config":{"Datacenter":"dc1"}}"#.to_owned(),
                "/v1/catalog/services" => now.services,
                path => match path.strip_prefix("/v1/health/service/") {
                    Some(name) => now.instances.get(name).cloned().unwrap_or("[]".to_owned()),
                    None => return Answer::status("404 Not Found"),
                },
            };
            Answer::json(body).with(&format!("X-Consul-Index: {}", now.index))
        })
    })
}

fn options(server: &Server) -> ConsulTargets {
    ConsulTargets {
        server: format!("{}/consul", server.url),
        token: Some(Credential::Text("secret".to_owned())),
        datacenter: String::new(),
        namespace: String::new(),
        partition: String::new(),
        tag_separator: ",".to_owned(),
        allow_stale: true,
        interval: Duration::ZERO,
        services: Vec::new(),
        tags: Vec::new(),
        node_meta: BTreeMap::from([("rack".to_owned(), "1".to_owned())]),
        filter: String::new(),
        health_filter: String::new(),
        client: Client::default(),
    }
}

fn instance(id: &str, port: u16, status: &str) -> String {
    format!(
        r#"{{"Node":{{"Node":"n1","Address":"10.0.0.1","Meta":{{"a-b":"c"}},"TaggedAddresses":{{"wan":"1.2.3.4"}}}},
            "Service":{{"ID":"{id}","Service":"web","Tags":["x","y"],"Address":"","Port":{port},"Meta":{{"v":"1"}}}},
            "Checks":[{{"CheckID":"c","Status":"passing"}},{{"CheckID":"d","Status":"{status}"}}]}}"#
    )
}

async fn addresses(found: &mut watch::Receiver<Arc<Vec<Labels>>>, want: &[&str]) -> Arc<Vec<Labels>> {
    let is = |all: &Arc<Vec<Labels>>| all.iter().map(|labels| labels.value(ADDRESS)).eq(want.iter().copied());
    let waited = tokio::time::timeout(Duration::from_secs(20), found.wait_for(is)).await;
    waited.unwrap_or_else(|_| panic!("never {want:?}")).unwrap().clone()
}

#[tokio::test]
async fn changes_of_the_catalog_are_seen_when_they_happen() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let catalog = watch::Sender::new(Catalog {
        services: r#"{"web":["x","y"],"db":[]}"#.to_owned(),
        instances: BTreeMap::from([("web".to_owned(), format!("[{}]", instance("web-1", 80, "warning")))]),
        index: 5,
    });
    let heads = Arc::new(Mutex::new(Vec::new()));
    let server = Server::start(respond(&catalog, &heads)).await;
    let (sender, mut found) = watch::channel(Arc::default());
    let consul = Consul::new(options(&server)).unwrap();
    let _task = task::spawn(consul.run(Clock::system(), sender));
    let all = addresses(&mut found, &["10.0.0.1:80"]).await;
    assert_eq!(
        all[0].to_string(),
        r#"{__address__="10.0.0.1:80", __meta_consul_address="10.0.0.1", __meta_consul_dc="dc1", __meta_consul_health="warning", __meta_consul_metadata_a_b="c", __meta_consul_node="n1", __meta_consul_service="web", __meta_consul_service_id="web-1", __meta_consul_service_metadata_v="1", __meta_consul_service_port="80", __meta_consul_tagged_address_wan="1.2.3.4", __meta_consul_tags=",x,y,"}"#
    );
    catalog.send_modify(|catalog| {
        let list = format!("[{},{}]", instance("web-1", 80, "passing"), instance("web-2", 81, "critical"));
        catalog.instances.insert("web".to_owned(), list);
        catalog.index = 6;
    });
    let all = addresses(&mut found, &["10.0.0.1:80", "10.0.0.1:81"]).await;
    assert_eq!(all[1].value("__meta_consul_health"), "critical");
    // The service goes; then the server begins to count anew.
    catalog.send_modify(|catalog| (catalog.services, catalog.index) = (r#"{"db":[]}"#.to_owned(), 7));
    addresses(&mut found, &[]).await;
    let heads = heads.lock().unwrap();
    assert!(heads.iter().all(|head| head.to_lowercase().contains("x-consul-token: secret")));
    assert!(
        heads.iter().any(|head| head.contains("&stale=&node-meta=rack%3A1&wait=120000ms&index=5")),
        "{heads:?}"
    );
}

#[tokio::test]
async fn named_services_are_asked_for_without_the_catalog() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let catalog = watch::Sender::new(Catalog {
        services: "{}".to_owned(),
        instances: BTreeMap::from([("a b".to_owned(), "[]".to_owned())]),
        index: 1,
    });
    catalog.send_modify(|catalog| {
        catalog.instances.insert("a%20b".to_owned(), format!("[{}]", instance("1", 9, "passing")));
    });
    let heads = Arc::new(Mutex::new(Vec::new()));
    let server = Server::start(respond(&catalog, &heads)).await;
    let (sender, mut found) = watch::channel(Arc::default());
    let consul = Consul::new(ConsulTargets {
        services: vec!["a b".to_owned()],
        datacenter: "dc2".to_owned(),
        ..options(&server)
    });
    let _task = task::spawn(consul.unwrap().run(Clock::system(), sender));
    let all = addresses(&mut found, &["10.0.0.1:9"]).await;
    assert_eq!(all[0].value("__meta_consul_dc"), "dc2");
    assert!(
        !heads.lock().unwrap().iter().any(|head| head.contains("catalog") || head.contains("agent/self"))
    );
}
