//! Files come, change and go; what is stored follows.

use super::super::tests::{Api, api_with, ask, get};
use super::*;
use http::Method;
use std::fs;
use std::path::Path as FilePath;

struct Files {
    api: Api,
    all: Arc<Provisioning>,
    state: Arc<State>,
    directory: tempfile::TempDir,
}

impl Files {
    fn of(set: impl FnOnce(&FilePath, &mut ProvisioningOptions)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut options = ProvisioningOptions {
            dashboards: PathBuf::new(),
            allow_edits: false,
            configs: PathBuf::new(),
            tenant: Tenant::anonymous(),
            variables: Arc::new(|name| (name == "PROM").then(|| "http://prom".to_owned())),
        };
        set(directory.path(), &mut options);
        let all = Provisioning::new(options);
        let (api, state) = api_with(Some(all.clone()));
        Files { api, all, state, directory }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.directory.path().join(path)).unwrap();
    }

    async fn round(&self) -> Report {
        self.all.round(self.state.shelf.get().unwrap()).await.unwrap().0
    }
}

#[tokio::test]
async fn a_plain_folder_is_followed() {
    let files = Files::of(|root, options| options.dashboards = root.join("d"));
    // Not there yet: said, nothing deleted.
    assert_eq!(files.round().await.failed.len(), 1);
    let text = "{ \"title\": \"A\", \"uid\": \"a\",\n \"z\": 1.0 }";
    files.write("d/a.json", &format!("{text}\n"));
    files.write("d/Team/Inner/b.json", r#"{"title":"B"}"#);
    files.write("d/..data/hidden.json", r#"{"title":"Hidden"}"#);
    files.write("d/notes.txt", "nothing");
    let report = files.round().await;
    assert_eq!((report.dashboards, report.saved, report.failed), (2, 2, vec![]));
    assert_eq!(files.round().await.saved, 0);
    let api = &files.api;
    assert!(get(api, "/api/oriel/v1/dashboards/a").await.2.ends_with(&format!("\"dashboard\":{text}}}")));
    let (_, read, _) = get(api, "/api/dashboards/uid/a").await;
    assert_eq!(
        (&read["meta"]["provisioned"], &read["meta"]["provisionedExternalId"]),
        (&true.into(), &"a.json".into())
    );
    let (_, found, _) = get(api, "/api/search?query=B").await;
    assert_eq!(found[0]["folderTitle"], "Inner");
    // Clients may look and not touch.
    let body = r#"{"dashboard":{"title":"Mine","uid":"a"},"overwrite":true}"#;
    let (status, said, _) = ask(api, Method::POST, "/api/dashboards/db", body).await;
    assert!(status == 400 && said["message"].as_str().unwrap().contains("a.json"), "{said}");
    assert_eq!(ask(api, Method::DELETE, "/api/dashboards/uid/a", "").await.0, 400);
    let inner = found[0]["folderUid"].as_str().unwrap();
    assert_eq!(ask(api, Method::DELETE, &format!("/api/folders/{inner}"), "").await.0, 400);
    let resource = "/apis/dashboard.grafana.app/v1/namespaces/default/dashboards/a";
    assert_eq!(ask(api, Method::DELETE, resource, "").await.0, 400);
    // Half a file changes nothing; a whole one does.
    files.write("d/a.json", "{\"title\": \"A2\", \"uid\"");
    let report = files.round().await;
    assert_eq!((report.saved, report.deleted, report.failed.len()), (0, 0, 1));
    files.write("d/a.json", r#"{"title":"A2","uid":"a"}"#);
    assert_eq!(files.round().await.saved, 1);
    assert_eq!(get(api, "/api/dashboards/uid/a").await.1["dashboard"]["version"], 2);
    files.remove("d/Team/Inner/b.json");
    assert_eq!(files.round().await.deleted, 1);
    assert_eq!(get(api, "/api/search?query=B").await.1, Value::Array(vec![]));
}

const PROVIDERS: &str = "apiVersion: 1\nproviders:\n- name: 'kept'\n  orgId: 1\n  folder: 'Ops'\n  folderUid: ops\n  type: file\n  \
    disableDeletion: true\n  allowUiUpdates: true\n  updateIntervalSeconds: 2\n  options:\n    path: ROOT/boards\n\
    - name: other\n  type: git\n  options: {path: x}\n";

#[tokio::test]
async fn providers_say_folder_edits_and_deletion() {
    let files = Files::of(|root, options| options.configs = root.join("p"));
    let root = files.directory.path().display().to_string();
    files.write("p/dashboards/all.yaml", &PROVIDERS.replace("ROOT", &root));
    files.write("boards/x/a.json", r#"{"title":"A","uid":"a"}"#);
    files.write("boards/b.json", r#"{"title":"B","uid":"a"}"#);
    let report = files.round().await;
    assert_eq!((report.dashboards, report.saved), (1, 1));
    assert!(
        report.failed[0].contains("type \"git\"") && report.failed[1].contains("is also in"),
        "{report:?}"
    );
    let api = &files.api;
    let (_, read, _) = get(api, "/api/dashboards/uid/a").await;
    assert_eq!((&read["meta"]["folderUid"], &read["meta"]["provisioned"]), (&"ops".into(), &false.into()));
    assert_eq!(get(api, "/api/folders/ops").await.1["title"], "Ops");
    // An edit stays until the file changes.
    let body = r#"{"dashboard":{"title":"Edited","uid":"a"},"folderUid":"ops","overwrite":true}"#;
    assert_eq!(ask(api, Method::POST, "/api/dashboards/db", body).await.0, 200);
    files.write("boards/c.json", r#"{"title":"Zebra"}"#);
    assert_eq!(files.round().await.saved, 1);
    assert_eq!(get(api, "/api/dashboards/uid/a").await.1["dashboard"]["title"], "Edited");
    files.write("boards/b.json", r#"{"title":"B, changed","uid":"a"}"#);
    assert_eq!(files.round().await.saved, 1);
    assert_eq!(get(api, "/api/dashboards/uid/a").await.1["dashboard"]["title"], "B, changed");
    // Without its file it stays, and is nobody's.
    files.write(
        "p/dashboards/all.yaml",
        PROVIDERS.split("- name: other").next().unwrap().replace("ROOT", &root).as_str(),
    );
    files.remove("boards/b.json");
    files.remove("boards/x/a.json");
    let report = files.round().await;
    assert_eq!((report.deleted, report.dashboards, report.failed), (0, 1, vec![]));
    assert_eq!(ask(api, Method::DELETE, "/api/dashboards/uid/a", "").await.0, 200);
    let (status, said, _) = ask(api, Method::POST, "/api/admin/provisioning/dashboards/reload", "").await;
    assert_eq!(
        (status, &said["message"], &said["dashboards"]),
        (200, &"Dashboards config reloaded".into(), &1.into())
    );
    // What cannot be read at all is told to who asks.
    files.write("p/dashboards/all.yaml", "providers: [");
    files.remove("boards/c.json");
    let (status, said, _) = ask(api, Method::POST, "/api/admin/provisioning/dashboards/reload", "").await;
    assert!(status == 500 && said["message"].as_str().unwrap().contains("all.yaml"), "{said}");
    assert_eq!(get(api, "/api/search?query=zebra").await.1.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn data_sources_are_names_from_files() {
    let files = Files::of(|root, options| options.configs = root.to_owned());
    let yaml = "apiVersion: 1\nprune: true\ndatasources:\n- {name: Prometheus, type: prometheus, url: $PROM, isDefault: true, secureJsonData: {p: q}}\n\
        - {name: Logs, uid: logs-x, type: loki, editable: true}\n- {name: DB, type: mysql}\n";
    files.write("datasources/all.yml", yaml);
    let report = files.round().await;
    assert_eq!(report.datasources, 2);
    assert!(report.failed[0].contains("\"DB\"") && report.failed[0].contains("mysql"), "{report:?}");
    let api = &files.api;
    let (_, read, _) = get(api, "/api/datasources/uid/PBFA97CFB590B2093").await;
    assert_eq!(
        (&read["url"], &read["readOnly"], &read["isDefault"]),
        (&"http://prom".into(), &true.into(), &true.into())
    );
    assert_eq!(get(api, "/api/datasources/uid/oriel-metrics").await.1["isDefault"], false);
    assert_eq!(ask(api, Method::DELETE, "/api/datasources/uid/PBFA97CFB590B2093", "").await.0, 403);
    assert_eq!(get(api, "/api/datasources/uid/logs-x").await.1["readOnly"], false);
    files.write("datasources/all.yml", "prune: true\ndatasources: [{name: Logs, uid: logs-y, type: loki}]");
    assert_eq!(files.round().await.datasources, 1);
    let (_, all, _) = get(api, "/api/datasources").await;
    let uids: Vec<&str> = all.as_array().unwrap().iter().map(|one| one["uid"].as_str().unwrap()).collect();
    assert_eq!(uids, ["oriel-metrics", "oriel-logs", "oriel-traces", "logs-y"]);
}
