//! What the tests need beyond Rust and Node, installed when it is missing: Debian packages and a Python environment.

use crate::shell;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// Programs of Debian that the tests drive, with the package that brings each.
const PROGRAMS: [(&str, &str, &str); 2] = [
    ("chromium", "--version", "chromium"),
    ("prometheus-node-exporter", "--version", "prometheus-node-exporter"),
];

/// Python packages: the OpenTelemetry SDK as a real client, moto as an S3 server.
const PYTHON_PACKAGES: [&str; 7] = [
    "opentelemetry-sdk",
    "opentelemetry-exporter-otlp-proto-grpc",
    "opentelemetry-exporter-otlp-proto-http",
    "moto[server]",
    "grafana-client",
    "grafanalib",
    "grafana-foundation-sdk",
];

/// Installs missing Debian packages (as root; otherwise says what to install).
pub(crate) fn programs(root: &Path) -> Result<()> {
    let missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(program, flag, _)| !shell::works(program, &[flag]))
        .map(|(_, _, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(&missing);
    shell::run(root, "apt-get", &["update", "--quiet"])
        .and_then(|()| shell::run_with(root, "apt-get", &install, &[("DEBIAN_FRONTEND", "noninteractive")]))
        .with_context(|| format!("please install these Debian packages: {}", missing.join(" ")))
}

/// A Python environment outside the checkout's tracked files that holds [`PYTHON_PACKAGES`]; its interpreter.
pub(crate) fn python(root: &Path) -> Result<PathBuf> {
    let home = target(root).join("python");
    let python = home.join("bin/python");
    let stamp = home.join("packages.txt");
    let wanted = PYTHON_PACKAGES.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(python);
    }
    shell::run(root, "python3", &["-m", "venv", &home.to_string_lossy()])?;
    let mut install = vec!["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    install.extend(PYTHON_PACKAGES);
    shell::run(root, &python.to_string_lossy(), &install)?;
    std::fs::write(&stamp, wanted)?;
    Ok(python)
}

/// The UI's npm packages, exactly as its lock file has them.
pub(crate) fn npm(root: &Path) -> Result<()> {
    let ui = root.join("ui");
    let lock = std::fs::read(ui.join("package-lock.json")).context("ui/package-lock.json")?;
    let stamp = ui.join("node_modules/.oriel-lock");
    if std::fs::read(&stamp).is_ok_and(|have| have == lock) {
        return Ok(());
    }
    shell::run(&ui, "npm", &["ci", "--no-audit", "--no-fund"])?;
    std::fs::write(stamp, lock)?;
    Ok(())
}

/// Cargo's target directory.
pub(crate) fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}
