//! Tools of dashboards against a real process: a sidecar, a provider of declared state, resources by command line.

use e2e::{Oriel, python, root};
use std::process::Command;

#[test]
fn tools_of_dashboards_keep_working() {
    let Some(python) = python() else {
        println!("skipped: needs ORIEL_PYTHON; `cargo xtask test` brings it");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("dashboards");
    std::fs::create_dir(&folder).unwrap();
    let setting = format!("dashboards.folder={}", folder.display());
    let oriel = Oriel::start(home.path(), &[&setting]);
    let script = root().join("e2e/clients/dashboard_tools.py");
    let out = Command::new(python).arg(script).arg(oriel.url("ui")).arg(&folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(out.status.success(), "{}{}", text(&out.stdout), text(&out.stderr));
    assert_eq!(text(&out.stdout), "sidecar ok\nterraform ok\nresources ok\npeople ok\npage ok\n");
}

#[test]
fn clients_and_generators_of_dashboards_keep_working() {
    let Some(python) = python() else {
        println!("skipped: needs ORIEL_PYTHON; `cargo xtask test` brings it");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let oriel = Oriel::start(home.path(), &[]);
    let script = root().join("e2e/clients/dashboard_clients.py");
    let out = Command::new(python).arg(script).arg(oriel.url("ui")).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(out.status.success(), "{}{}", text(&out.stdout), text(&out.stderr));
    assert_eq!(text(&out.stdout), "client ok\ngrafanalib ok\nfoundation sdk ok\n");
}
