//! How long queries over the loaded lines take, beside what Loki and VictoriaLogs took on the same data.
//!
//! The peers' medians are those that `../shared/bench` recorded (its `baseline-*.md`, same machine, same load); they are
//! matched by the text of the query. Where no baseline is, the figures stand alone.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs of each query; the median counts.
const RUNS: &str = "5";

/// Extra queries that a peer answers from other than lines, and a text that is nowhere.
const EXTRA: &str = "\
instant: sum(count_over_time({app=\"cart\"}[6h]))
instant: sum by (app) (count_over_time({namespace=~\".+\"}[6h]))
instant: sum(count_over_time({namespace=\"shop\"} |= \"error\" [6h]))
range(limit=1000): {namespace=~\".+\"} |= \"7f3c1e9a-5b7d-4e21\"
range(limit=1000): {namespace=~\".+\"} |= \"there is no such text 4711\"
instant: sum by (level) (count_over_time({app=\"cart\"} | logfmt [6h]))
instant: sum(count_over_time({app=\"checkout\"} | json | level=\"error\" [6h]))
";

/// Asks the queries of `../shared/bench` and prints a table.
pub(super) fn queries(tool: &Path, bench: &Path, url: &str, start: u64) -> Result<()> {
    let recorded = recorded(bench)?;
    let shared = std::fs::read_to_string(bench.join("queries/loki.txt"))?;
    let file = std::env::temp_dir().join(format!("oriel-queries-{}.txt", std::process::id()));
    std::fs::write(&file, format!("{shared}\n{EXTRA}"))?;
    let (start, end) = (start.to_string(), (start + 21_600).to_string());
    let mut command = Command::new(tool);
    command.args(["query", "--kind", "loki", "--a", url, "--b", url, "--json", "--runs", RUNS]);
    command.args(["--start", &start, "--end", &end, "--file"]).arg(&file);
    println!("$ {command:?}");
    let out = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    drop(std::fs::remove_file(&file));
    let text = String::from_utf8_lossy(&out?.stdout).into_owned();
    println!("{:>9} {:>9} {:>7}  {:>16}  query", "ms", "Loki ms", "faster", "series/points");
    let mut ratios = Vec::new();
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).with_context(|| format!("no row: {line}"))?;
        let Some(query) = row["query"].as_str() else { continue };
        let own = row["a_ms"].as_f64().unwrap_or(f64::NAN);
        let peer = recorded.get(&key(query)).copied();
        let faster = peer.map(|peer| peer / own);
        ratios.extend(faster.filter(|f| f.is_finite() && *f > 0.0));
        let shown = |n: Option<f64>| n.map_or("-".to_owned(), |n| format!("{n:.2}"));
        println!(
            "{own:>9.2} {:>9} {:>7}  {:>16}  {query}",
            shown(peer),
            shown(faster),
            row["size"].as_str().unwrap_or("")
        );
    }
    let mean = (ratios.iter().map(|r| r.ln()).sum::<f64>() / ratios.len().max(1) as f64).exp();
    println!("{} queries have a recorded peer; faster by {mean:.2} (geometric mean)", ratios.len());
    Ok(())
}

/// Queries are cut and escaped in the recorded tables: this much of the text tells them apart.
fn key(query: &str) -> String {
    query.replace("\\|", "|").chars().take(100).collect()
}

/// Loki's medians by query, from the tables whose third column they are.
fn recorded(bench: &Path) -> Result<BTreeMap<String, f64>> {
    let mut medians = BTreeMap::new();
    let mut files: Vec<_> = std::fs::read_dir(bench)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    for file in files.iter().filter(|file| file.to_string_lossy().contains("baseline-")) {
        let text = std::fs::read_to_string(file)?;
        for line in text.lines().filter(|line| line.starts_with("| `")) {
            let Some((query, rest)) = line[3..].split_once("` | ") else { continue };
            // Rows of two peers name both queries; the first is the one that Loki was asked.
            let query = query.split(" \\|\\|\\| ").next().unwrap_or(query);
            let median = rest.split(" | ").nth(1).and_then(|cell| cell.trim().parse().ok());
            if let Some(median) = median.filter(|_| query.contains('{') || query.ends_with(':')) {
                medians.entry(key(query)).or_insert(median);
            }
        }
    }
    Ok(medians)
}
