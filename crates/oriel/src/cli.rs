//! Flags and subcommands; one file each.

mod agent;
mod background;
mod import;
mod inspect;
mod load;
mod query;
mod up;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Metrics, logs, traces, collection, dashboards and load tests in one process.
#[derive(Parser)]
#[command(name = "oriel", version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    configuration: Configuration,
}

/// Where the configuration comes from.
#[derive(Args, Clone, Default)]
pub(crate) struct Configuration {
    /// Configuration file; without one everything has a default.
    #[arg(long, short = 'c', global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A `prometheus.yml`, taken as it is; the same as `--set prometheus_config=FILE`.
    #[arg(long, global = true, value_name = "FILE")]
    pub prometheus_config: Option<PathBuf>,
    /// Sets one key, such as `--set doors.ui=0.0.0.0:3000`; may be repeated.
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

impl Configuration {
    #[expect(clippy::disallowed_methods, reason = "the command reads the environment for the whole house")]
    pub(crate) fn load(&self) -> Result<crate::config::Config> {
        let file = self.config.clone().or_else(|| std::env::var("ORIEL_CONFIG").ok().map(PathBuf::from));
        let mut config = crate::config::load(file.as_deref(), std::env::vars(), &self.set)?;
        if let Some(path) = &self.prometheus_config {
            config.prometheus_config.clone_from(path);
        }
        Ok(config)
    }

    /// The same as arguments, for a process that is started in the background.
    fn arguments(&self) -> Result<Vec<String>> {
        let mut arguments = Vec::new();
        if let Some(config) = &self.config {
            let path = std::path::absolute(config)?;
            arguments.extend(["--config".to_owned(), path.display().to_string()]);
        }
        if let Some(path) = &self.prometheus_config {
            let path = std::path::absolute(path)?;
            arguments.extend(["--prometheus-config".to_owned(), path.display().to_string()]);
        }
        self.set.iter().for_each(|setting| arguments.extend(["--set".to_owned(), setting.clone()]));
        Ok(arguments)
    }
}

#[derive(Subcommand)]
enum Command {
    /// Run everything in the foreground (what `oriel` alone does).
    Up,
    /// Run everything in the background and wait until it is ready.
    Start,
    /// Stop the background process; data is kept.
    Stop,
    /// Say whether it runs, and where it listens.
    Status,
    /// Stop and remove run files; data is kept.
    Down,
    /// Stop and delete all data.
    Destroy {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Collect only, and send to another process (section `send`).
    Agent,
    /// Run load tests: `oriel load run script.js`.
    #[command(disable_help_flag = true)]
    Load {
        /// What the load runner takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Ask a running server: `oriel query promql 'up'`.
    Query(query::Query),
    /// Take over what another system kept: `oriel import prometheus DIR`, `oriel import tempo DIR-OR-BUCKET`.
    Import {
        #[command(subcommand)]
        what: import::Import,
    },
    /// Print any stored file: a log segment, a catalog entry, a block.
    Inspect {
        /// The file.
        path: PathBuf,
        /// Print contents, not only the table of contents.
        #[arg(long)]
        full: bool,
    },
    /// Show or check the configuration.
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print the configuration that results from file, environment and flags.
    Show,
    /// Print every key with its default and its meaning.
    Schema {
        /// As a JSON Schema, for editors that complete and check YAML.
        #[arg(long)]
        json: bool,
    },
    /// Check it and say what is wrong.
    Check,
    /// Read a password from standard input and print what to write as `password_hash` of a user.
    Password,
}

/// Runs the command; errors go to standard error with their causes.
pub(crate) fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().collect();
    // Scripts call `k6 run script.js`: a link of that name is the load runner.
    let name =
        arguments.first().map(|a| PathBuf::from(a).file_name().map(|n| n.to_string_lossy().into_owned()));
    if name.flatten().as_deref() == Some("k6") {
        return load::run(arguments.split_off(1));
    }
    let result = match Cli::parse_from(arguments) {
        Cli { command: Some(Command::Load { arguments }), .. } => return load::run(arguments),
        Cli { command, configuration } => dispatch(command.unwrap_or(Command::Up), &configuration),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("oriel: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command, configuration: &Configuration) -> Result<ExitCode> {
    match command {
        Command::Up => up::run(configuration.clone()),
        Command::Start => background::start(&configuration.load()?, &configuration.arguments()?),
        Command::Stop => background::stop(&configuration.load()?),
        Command::Status => background::status(&configuration.load()?),
        Command::Down => background::down(&configuration.load()?),
        Command::Destroy { yes } => background::destroy(&configuration.load()?, yes),
        Command::Agent => agent::run(configuration.load()?),
        Command::Load { arguments } => Ok(load::run(arguments)),
        Command::Query(query) => query::run(&query),
        Command::Import { what } => import::run(&what, configuration),
        Command::Inspect { path, full } => inspect::run(&path, full),
        Command::Config { what } => {
            match what {
                ConfigCommand::Show => print!("{}", serde_norway::to_string(&configuration.load()?)?),
                ConfigCommand::Schema { json: false } => print!("{}", crate::config::commented()?),
                ConfigCommand::Schema { json: true } => println!("{:#}", crate::config::json_schema()),
                ConfigCommand::Password => {
                    let mut line = String::new();
                    std::io::stdin().read_line(&mut line).context("read the password")?;
                    let password = line.trim_end_matches(['\r', '\n']);
                    println!("{}", crate::run::password_hash(password)?);
                }
                ConfigCommand::Check => {
                    let config = configuration.load()?;
                    crate::run::access(&config.auth)?;
                    let (_, loaded) = crate::config::scrape_jobs(&config).context("what is scraped")?;
                    config.retention_rules()?;
                    config.downsampling()?;
                    config.stream_retention()?;
                    loaded.iter().flat_map(|loaded| &loaded.notices).for_each(|notice| println!("{notice}"));
                    println!("the configuration is good");
                }
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}
