//! The command line of `run` and `inspect`: k6's flags, read against the table of options.
//!
//! `--name value`, `--name=value`, `-n value`, `-n=value`, `-nvalue`; switches take `=false`. Wrong flags are
//! [`LoadError::Usage`]; nothing here reads the environment, which the caller hands over as a map.

use crate::LoadError;
use crate::options::Layer;
use crate::options::keys::{KEYS, Kind};
use std::collections::BTreeMap;

/// What the arguments ask for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Invocation {
    /// What to do.
    pub(crate) command: Command,
    /// The script's path, or `-` for standard input.
    pub(crate) script: String,
    /// Options given as flags.
    pub(crate) flags: Layer,
    /// `-e NAME=VALUE`, in order.
    pub(crate) env: Vec<(String, String)>,
    /// `-o NAME[=ARGUMENT]`, in order.
    pub(crate) outputs: Vec<String>,
    /// Further flags by long name; switches are `true` or `false`.
    rest: BTreeMap<&'static str, String>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Command {
    /// Run the script.
    #[default]
    Run,
    /// Print its options.
    Inspect,
}

/// A flag that is no option of the script.
struct Flag {
    long: &'static str,
    short: Option<char>,
    env: &'static str,
    switch: bool,
}

const fn switch(long: &'static str, short: Option<char>, env: &'static str) -> Flag {
    Flag { long, short, env, switch: true }
}

const fn valued(long: &'static str, short: Option<char>, env: &'static str) -> Flag {
    Flag { long, short, env, switch: false }
}

/// Flags that are no options of the script. Those that nothing reads are accepted so that existing commands run.
const FLAGS: &[Flag] = &[
    valued("out", Some('o'), "K6_OUT"),
    valued("env", Some('e'), ""),
    valued("config", Some('c'), "K6_CONFIG"),
    switch("include-system-env-vars", None, "K6_INCLUDE_SYSTEM_ENV_VARS"),
    valued("summary-export", None, "K6_SUMMARY_EXPORT"),
    valued("summary-mode", None, "K6_SUMMARY_MODE"),
    switch("new-machine-readable-summary", None, "K6_NEW_MACHINE_READABLE_SUMMARY"),
    switch("no-thresholds", None, "K6_NO_THRESHOLDS"),
    switch("quiet", Some('q'), ""),
    switch("verbose", Some('v'), ""),
    switch("no-color", None, "NO_COLOR"),
    valued("console-output", None, "K6_CONSOLE_OUTPUT"),
    valued("log-output", None, "K6_LOG_OUTPUT"),
    valued("log-format", None, "K6_LOG_FORMAT"),
    switch("linger", Some('l'), "K6_LINGER"),
    valued("compatibility-mode", None, "K6_COMPATIBILITY_MODE"),
    valued("type", Some('t'), "K6_TYPE"),
    valued("traces-output", None, "K6_TRACES_OUTPUT"),
    valued("secret-source", None, ""),
    valued("address", Some('a'), "K6_ADDRESS"),
    switch("profiling-enabled", None, "K6_PROFILING_ENABLED"),
    valued("features", None, "K6_FEATURES"),
    switch("no-usage-report", None, "K6_NO_USAGE_REPORT"),
];

/// A flag of either table.
enum Found {
    Option(&'static crate::options::keys::Key),
    Flag(&'static Flag),
}

impl Found {
    fn is_switch(&self) -> bool {
        match self {
            Found::Option(key) => key.kind == Kind::Bool,
            Found::Flag(flag) => flag.switch,
        }
    }
}

/// What `help`, `version`, or `--help` among the arguments print; `None` when there is something to do.
pub(crate) fn information(args: &[String]) -> Option<String> {
    let asks_help = |arg: &String| arg == "--help" || arg == "-h";
    match args.first().map(String::as_str) {
        Some("version" | "--version") => Some(format!("oriel load {}\n", env!("CARGO_PKG_VERSION"))),
        None | Some("help") => Some(help()),
        Some(_) => args.iter().take_while(|arg| *arg != "--").any(asks_help).then(help),
    }
}

fn help() -> String {
    let mut out = String::from(
        "Runs load tests written for k6.\n\nUsage:\n  oriel load run [flags] SCRIPT      run it; `-` reads the script from standard input\n  \
         oriel load inspect [flags] SCRIPT  print its options as JSON\n  oriel load version                 print the version\n\n\
         Flags, and the variable that sets each:\n",
    );
    let options = KEYS.iter().filter(|key| !key.flag.is_empty());
    let options = options.map(|key| (key.flag, key.short, key.env, key.kind == Kind::Bool));
    let flags = FLAGS.iter().map(|flag| (flag.long, flag.short, flag.env, flag.switch));
    let mut rows: Vec<_> = options.chain(flags).collect();
    rows.sort_unstable();
    for (long, short, env, switch) in rows {
        let short = short.map_or("    ".to_owned(), |letter| format!("-{letter}, "));
        let name = format!("--{long}{}", if switch { "" } else { " VALUE" });
        out.push_str(format!("  {short}{name:<40} {env}").trim_end());
        out.push('\n');
    }
    out
}

impl Invocation {
    /// Reads `run [flags] SCRIPT` or `inspect [flags] SCRIPT`.
    pub(crate) fn parse(args: &[String]) -> Result<Self, LoadError> {
        let mut out = Invocation::default();
        let (command, args) =
            args.split_first().ok_or_else(|| usage("nothing to do: `run SCRIPT` or `inspect SCRIPT`"))?;
        out.command = match command.as_str() {
            "run" => Command::Run,
            "inspect" => Command::Inspect,
            other => return Err(usage(format!("unknown command \"{other}\"; there are run and inspect"))),
        };
        let mut scripts = Vec::new();
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            if arg == "--" {
                scripts.extend(rest.by_ref().cloned());
            } else if let Some(long) = arg.strip_prefix("--") {
                let (name, value) = split(long);
                let found = find_long(name).ok_or_else(|| usage(format!("unknown flag: --{name}")))?;
                out.take(&found, name, value, &mut rest)?;
            } else if arg.len() > 1 && arg.starts_with('-') {
                out.take_short(&arg[1..], &mut rest)?;
            } else {
                scripts.push(arg.clone());
            }
        }
        match scripts.len() {
            1 => out.script = scripts.remove(0),
            0 => return Err(usage("no script given: `run SCRIPT`, or `run -` for standard input")),
            n => return Err(usage(format!("one script can be run at a time, {n} were given"))),
        }
        Ok(out)
    }

    fn take_short<'a>(
        &mut self,
        letters: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), LoadError> {
        let mut letters = letters;
        while let Some(letter) = letters.chars().next() {
            letters = &letters[letter.len_utf8()..];
            let found =
                find_short(letter).ok_or_else(|| usage(format!("unknown shorthand flag: '{letter}'")))?;
            let name = letter.to_string();
            if found.is_switch() && !letters.starts_with('=') {
                self.take(&found, &name, None, rest)?;
                continue;
            }
            let value = Some(letters.strip_prefix('=').unwrap_or(letters)).filter(|v| !v.is_empty());
            return self.take(&found, &name, value, rest);
        }
        Ok(())
    }

    fn take<'a>(
        &mut self,
        found: &Found,
        name: &str,
        value: Option<&str>,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), LoadError> {
        let value = match value {
            Some(value) => value.to_owned(),
            None if found.is_switch() => "true".to_owned(),
            // The only option whose value may be left out.
            None if name == "http-debug" => "headers".to_owned(),
            None => rest.next().cloned().ok_or_else(|| usage(format!("flag needs an argument: {name}")))?,
        };
        match found {
            Found::Option(key) => {
                let set = self.flags.set_text(key, &value);
                set.map_err(|e| usage(format!("invalid argument \"{value}\" for --{}: {e}", key.flag)))
            }
            Found::Flag(flag) if flag.long == "out" => {
                self.outputs.push(value);
                Ok(())
            }
            Found::Flag(flag) if flag.long == "env" => {
                let (name, value) = value.split_once('=').unwrap_or((&value, ""));
                self.env.push((name.to_owned(), value.to_owned()));
                Ok(())
            }
            Found::Flag(flag) => {
                if flag.switch && value.parse::<bool>().is_err() {
                    return Err(usage(format!(
                        "invalid argument \"{value}\" for --{}: not true or false",
                        flag.long
                    )));
                }
                self.rest.insert(flag.long, value);
                Ok(())
            }
        }
    }

    /// Fills in from the environment what no flag said.
    pub(crate) fn fill(&mut self, env: &BTreeMap<String, String>) {
        for flag in FLAGS.iter().filter(|f| !f.env.is_empty()) {
            let Some(value) = env.get(flag.env).filter(|v| !v.is_empty()) else { continue };
            if flag.long == "out" && self.outputs.is_empty() {
                self.outputs = value.split(',').map(str::to_owned).collect();
            } else if flag.long == "no-color" {
                self.rest.insert(flag.long, "true".to_owned());
            } else {
                self.rest.entry(flag.long).or_insert_with(|| value.clone());
            }
        }
    }

    /// Whether a switch is on.
    pub(crate) fn is_on(&self, flag: &str, default: bool) -> bool {
        self.rest.get(flag).and_then(|v| v.parse().ok()).unwrap_or(default)
    }

    /// The value of a flag.
    pub(crate) fn value(&self, flag: &str) -> Option<&str> {
        self.rest.get(flag).map(String::as_str)
    }
}

fn usage(message: impl Into<String>) -> LoadError {
    LoadError::Usage(message.into())
}

fn split(text: &str) -> (&str, Option<&str>) {
    text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)))
}

fn find_long(name: &str) -> Option<Found> {
    let option = KEYS.iter().find(|k| !k.flag.is_empty() && k.flag == name).map(Found::Option);
    option.or_else(|| FLAGS.iter().find(|f| f.long == name).map(Found::Flag))
}

fn find_short(letter: char) -> Option<Found> {
    let option = KEYS.iter().find(|k| k.short == Some(letter)).map(Found::Option);
    option.or_else(|| FLAGS.iter().find(|f| f.short == Some(letter)).map(Found::Flag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(line: &str) -> Result<Invocation, LoadError> {
        Invocation::parse(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn all_forms_of_a_flag() {
        for line in
            ["run -u 3 x.js", "run -u3 x.js", "run --vus=3 x.js", "run x.js --vus 3", "run -qu=3 x.js"]
        {
            let got = check(line).unwrap();
            assert_eq!(got.flags.get("vus").and_then(serde_json::Value::as_i64), Some(3), "{line}");
            assert_eq!(got.script, "x.js");
        }
        let got = check("run -e A=b=c -e B -o json=f --http-debug --no-thresholds=false -").unwrap();
        assert_eq!(got.env, [("A".into(), "b=c".into()), ("B".into(), String::new())]);
        assert_eq!((got.outputs.as_slice(), got.script.as_str()), (["json=f".to_owned()].as_slice(), "-"));
        assert!(!got.is_on("no-thresholds", true));
        assert_eq!(got.flags.get("httpDebug"), Some(&"headers".into()));
    }

    #[test]
    fn help_names_every_flag_once() {
        let ask = |line: &str| information(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let text = ask("run --help").unwrap();
        assert_eq!(ask(""), Some(text.clone()));
        assert_eq!(text.matches("--vus VALUE").count(), 1, "{text}");
        assert!(
            text.contains("-o, --out VALUE") && text.contains("K6_OUT") && text.contains("  -q, --quiet"),
            "{text}"
        );
        assert!(ask("version").unwrap().starts_with("oriel load "));
        assert_eq!((ask("run x.js"), ask("run x.js -- --help")), (None, None));
    }

    #[test]
    fn wrong_lines_are_usage_errors() {
        for line in [
            "walk x.js",
            "run",
            "run a b",
            "run --nope x",
            "run -Z x",
            "run -u",
            "run --vus many x",
            "run -q=5 x",
        ] {
            assert_eq!(check(line).unwrap_err().exit_code(), crate::ExitCode::Usage, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_arguments_panic(args in prop::collection::vec("\\PC{0,8}|-[a-z=]{0,4}|--[a-z]{0,4}", 0..5)) {
            let _ = Invocation::parse(&args);
        }
    }
}
