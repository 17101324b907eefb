//! What happens before any JavaScript: arguments, environment, config file, logger, the script's text.

use super::files::Files;
use super::shared::{Abort, Counts, Shared};
use crate::cli::Invocation;
use crate::js::Info;
use crate::log::{Format, Level, Logger, Target};
use crate::metrics::Registry;
use crate::options::{Layer, Settings};
use crate::{LoadArgs, LoadError};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

/// A command line that can be run.
pub(crate) struct Prepared {
    pub(crate) invocation: Invocation,
    pub(crate) shared: Arc<Shared>,
    pub(crate) cwd: PathBuf,
    /// The process environment.
    pub(crate) env: BTreeMap<String, String>,
    /// Where samples go in this process, if anywhere.
    pub(crate) ingest: Option<Arc<dyn contract::Ingest>>,
    /// Options of the config file.
    file: Layer,
    /// Options of the environment.
    from_env: Layer,
}

/// Reads everything; a failure comes with a logger to tell it by.
pub(super) fn read(args: LoadArgs) -> Result<Prepared, (Logger, LoadError)> {
    let plain = || Logger::to(args.clock.clone(), Format::default(), Level::Info, Target::Stderr, None);
    let mut invocation = Invocation::parse(&args.args).map_err(|e| (plain(), e))?;
    invocation.fill(&args.env);
    let logger = logger(&invocation, &args).map_err(|e| (plain(), e))?;
    match prepare(invocation, args) {
        Ok((invocation, args, file, from_env, files, env)) => {
            let shared = Shared {
                clock: args.clock,
                logger,
                registry: Arc::new(Registry::with_builtin()),
                env,
                files,
                arrays: Mutex::new(HashMap::new()),
                settled: OnceLock::new(),
                setup_data: OnceLock::new(),
                counts: Counts::default(),
                abort: Abort::default(),
                started: OnceLock::new(),
            };
            let (shared, cwd) = (Arc::new(shared), args.cwd);
            Ok(Prepared { invocation, shared, cwd, env: args.env, ingest: args.ingest, file, from_env })
        }
        Err(error) => Err((logger, error)),
    }
}

/// Options that are read and shown but that nothing acts upon yet.
const WITHOUT_EFFECT: [&str; 8] = [
    "executionSegment",
    "executionSegmentSequence",
    "paused",
    "dns",
    "localIPs",
    "tlsAuth",
    "tlsVersion",
    "tlsCipherSuites",
];

type Parts = (Invocation, LoadArgs, Layer, Layer, Files, Vec<(String, String)>);

fn prepare(invocation: Invocation, args: LoadArgs) -> Result<Parts, LoadError> {
    let from_env = Layer::from_env(&args.env).map_err(LoadError::Config)?;
    let file = config_file(&invocation, &args.cwd)?;
    crate::output::check_names(&invocation.outputs)?;
    let files = script(&invocation.script, &args.cwd)?;
    let mut env: BTreeMap<String, String> = BTreeMap::new();
    if invocation.is_on("include-system-env-vars", true) {
        env.extend(args.env.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
    env.extend(invocation.env.iter().cloned());
    Ok((invocation, args, file, from_env, files, env.into_iter().collect()))
}

fn script(name: &str, cwd: &Path) -> Result<Files, LoadError> {
    if name == "-" {
        let mut source = String::new();
        let read = std::io::stdin().read_to_string(&mut source);
        read.map_err(|e| LoadError::Usage(format!("cannot read the script from standard input: {e}")))?;
        return Ok(Files::of(&cwd.join("-"), source));
    }
    let path = Files::path(&cwd.join("-").display().to_string(), name);
    let read = std::fs::read_to_string(&path);
    let source = read.map_err(|e| {
        LoadError::Usage(format!("The moduleSpecifier \"{name}\" couldn't be found on local disk: {e}"))
    })?;
    Ok(Files::of(&path, source))
}

fn config_file(invocation: &Invocation, cwd: &Path) -> Result<Layer, LoadError> {
    let Some(name) = invocation.value("config") else { return Ok(Layer::default()) };
    let path = cwd.join(name);
    let wrong = |why: String| LoadError::Config(format!("config file {}: {why}", path.display()));
    let text = std::fs::read_to_string(&path).map_err(|e| wrong(e.to_string()))?;
    let value: Value = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
    let object = value.as_object().ok_or_else(|| wrong("is not an object".to_owned()))?;
    Layer::from_json(object).map(|(layer, _)| layer).map_err(wrong)
}

fn logger(invocation: &Invocation, args: &LoadArgs) -> Result<Logger, LoadError> {
    let format = match invocation.value("log-format") {
        Some("json") => Format::Json,
        Some("raw") => Format::Raw,
        _ => Format::Logfmt,
    };
    let open = |path: &str| {
        let path = args.cwd.join(path);
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&path);
        file.map_err(|e| LoadError::Usage(format!("cannot open {}: {e}", path.display())))
    };
    let target = match invocation.value("log-output") {
        None | Some("stderr" | "") => Target::Stderr,
        Some("stdout") => Target::Stdout,
        Some("none") => Target::Nowhere,
        Some(other) => match other.strip_prefix("file=") {
            Some(path) => Target::File(open(path.split(',').next().unwrap_or(path))?),
            None => {
                return Err(LoadError::Usage(format!(
                    "unknown --log-output '{other}'; there are none, stderr, stdout and file=PATH"
                )));
            }
        },
    };
    let console = invocation.value("console-output").map(open).transpose()?;
    let lowest = if invocation.is_on("verbose", false) { Level::Debug } else { Level::Info };
    Ok(Logger::to(args.clock.clone(), format, lowest, target, console))
}

impl Prepared {
    /// Merges the layers now that the script's own options are known. The second value is what `inspect` prints.
    pub(super) fn settle(&self, info: &Info) -> Result<(Settings, Value), LoadError> {
        let mut script = Layer::default();
        if let Some(options) = &info.options {
            let object = options
                .as_object()
                .ok_or_else(|| LoadError::Config("the exported options are not an object".to_owned()))?;
            let (layer, unknown) = Layer::from_json(object).map_err(LoadError::Config)?;
            if !unknown.is_empty() {
                let names: Vec<String> =
                    unknown.iter().map(|n| format!("json: unknown field \"{n}\"")).collect();
                let message = "There were unknown fields in the options exported in the script";
                self.shared.logger.log(Level::Warning, message, &[("error", &names.join(", "))]);
            }
            script = layer;
        }
        let lower = self.file.clone().under(script);
        let higher = self.from_env.clone().under(self.invocation.flags.clone());
        if lower.get("scenarios").is_some() && higher.says_how_much() {
            self.shared.logger.warn(
                "the scenarios of the script are replaced by the duration, iterations or stages of the command line or environment",
            );
        }
        let merged = lower.under(higher);
        for name in WITHOUT_EFFECT.iter().filter(|n| merged.get(n).is_some_and(|v| *v != Value::Bool(false)))
        {
            self.shared.logger.warn(&format!("the option {name} is accepted but has no effect"));
        }
        let inspected = merged.to_json();
        let mut settings = Settings::settle(merged).map_err(LoadError::Config)?;
        if self.invocation.is_on("no-color", false)
            && let Value::Object(json) = &mut settings.json
        {
            json.insert("noColor".to_owned(), Value::Bool(true));
        }
        Ok((settings, inspected))
    }
}

/// Every scenario's function must be exported.
pub(super) fn check_exports(settings: &Settings, info: &Info) -> Result<(), LoadError> {
    if info.functions.is_empty() {
        return Err(LoadError::Usage("no exported functions in script".to_owned()));
    }
    for (name, scenario) in &settings.scenarios {
        if !info.functions.contains(&scenario.exec) {
            return Err(LoadError::Config(format!(
                "executor {name}: function '{}' not found in exports",
                scenario.exec
            )));
        }
    }
    Ok(())
}
