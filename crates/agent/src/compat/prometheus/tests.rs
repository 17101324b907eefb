//! The configurations of the format's own server: what must load, and what must be refused with its line.

use super::*;

fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/prometheus-configs");
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

#[test]
fn every_good_file_loads_and_every_bad_one_is_refused_where_it_is_wrong() {
    let Some(folder) = corpus() else { return };
    let (mut good, mut bad, mut not_yet) = (0, 0, 0);
    let mut faults = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".yml") {
            continue;
        }
        let must_fail =
            name.contains(".bad.") || name.contains(".incompatible.") || name.contains("deprecated");
        match (load(&path), must_fail) {
            (Ok(_), false) => good += 1,
            (Ok(_), true) => faults.push(format!("{name} loads")),
            // A target group alone, which is read by discovery.
            (Err(_), true) if name == "static_config.bad.yml" => bad += 1,
            (Err(error), true) => {
                bad += 1;
                let included = name.starts_with("scrape_config_files");
                if error.line == 0 && !included {
                    faults.push(format!("{name}: no line: {error}"));
                }
            }
            (Err(error), false) if error.reason.contains("not supported yet") => not_yet += 1,
            (Err(error), false) => faults.push(format!("{name}: {error}")),
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    println!("{good} load, {not_yet} name what is not supported yet, {bad} are refused");
    assert!(good > 30 && bad > 100, "{good} {bad}");
}

#[test]
fn native_histograms_are_asked_for_when_they_are_wanted() {
    let job = |text: &str| {
        let config: ScrapeConfig = serde_norway::from_str(text).unwrap();
        super::job(Path::new("."), &config, &Global::default()).unwrap()
    };
    use wire::exposition::Histograms;
    let plain = job("job_name: a");
    assert_eq!((plain.histograms, plain.accept.contains("protobuf")), (Histograms::Classic, false));
    let native = job("job_name: a\nscrape_native_histograms: true");
    assert_eq!(native.histograms, Histograms::Native);
    assert!(native.accept.starts_with("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8;q=0.6,"), "{}", native.accept);
    let both = job("job_name: a\nscrape_native_histograms: true\nalways_scrape_classic_histograms: true");
    assert_eq!(both.histograms, Histograms::Both);
}

#[test]
fn a_limit_of_zero_takes_the_one_of_all_jobs() {
    let global = "body_size_limit: 5KB\nsample_limit: 3\nkeep_dropped_targets: 7";
    let global: Global = serde_norway::from_str(global).unwrap();
    let limits = |text: &str| {
        let config: ScrapeConfig = serde_norway::from_str(text).unwrap();
        let limits = super::job(Path::new("."), &config, &global).unwrap().limits;
        (limits.body_bytes, limits.samples, limits.dropped_targets, limits.targets)
    };
    assert_eq!(limits("job_name: a"), (5 << 10, 3, 7, 0));
    let none = "job_name: a\nbody_size_limit: 0\nsample_limit: 0\nkeep_dropped_targets: 0\ntarget_limit: 0";
    assert_eq!(limits(none), (5 << 10, 3, 7, 0));
    let own = "job_name: a\nbody_size_limit: 1KB\nsample_limit: 9\nkeep_dropped_targets: 1\ntarget_limit: 2";
    assert_eq!(limits(own), (1 << 10, 9, 1, 2));
}
