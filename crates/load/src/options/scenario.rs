//! Scenarios: which executor runs which function, how often and for how long; and the shortcuts that stand for them.

use super::Layer;
use super::duration;
use super::keys::{read_duration, tags, whole_number};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// One scenario.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    /// How iterations are started.
    pub(crate) executor: Executor,
    /// When, after the start of the run.
    pub(crate) start_time: Duration,
    /// How long running iterations may go on after the end.
    pub(crate) graceful_stop: Duration,
    /// The exported function to call.
    pub(crate) exec: String,
    /// What `__ENV` holds on top.
    pub(crate) env: Vec<(String, String)>,
    /// Tags of all its samples.
    pub(crate) tags: Vec<(String, String)>,
    /// As written, for `exec.test.options`.
    json: Value,
}

/// How iterations are started.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Executor {
    /// The VUs share a number of iterations.
    SharedIterations { vus: u32, iterations: u64, max_duration: Duration },
    /// Each VU runs a number of iterations.
    PerVuIterations { vus: u32, iterations: u64, max_duration: Duration },
    /// A number of VUs loops for a time.
    ConstantVus { vus: u32, duration: Duration },
    /// A changing number of VUs loops.
    RampingVus { start: u32, stages: Vec<Stage>, graceful_ramp_down: Duration },
    /// `rate` iterations start every `unit`.
    ConstantArrival { rate: u32, unit: Duration, duration: Duration, vus: u32, max_vus: u32 },
    /// The same with a changing rate.
    RampingArrival { start: u32, unit: Duration, stages: Vec<Stage>, vus: u32, max_vus: u32 },
}

/// A stretch of time at whose end `target` is reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stage {
    pub(crate) duration: Duration,
    pub(crate) target: u32,
}

/// 10 minutes: how long iteration counts may take when nothing is said.
const MAX_DURATION: Duration = Duration::from_secs(600);
/// 30 seconds: how long running iterations may go on when nothing is said.
const GRACEFUL_STOP: Duration = Duration::from_secs(30);
/// 1 M: more virtual users than a process can hold; a number above it is a mistake.
const MAX_VUS: i64 = 1_000_000;

impl Executor {
    /// Its name in scripts.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Executor::SharedIterations { .. } => "shared-iterations",
            Executor::PerVuIterations { .. } => "per-vu-iterations",
            Executor::ConstantVus { .. } => "constant-vus",
            Executor::RampingVus { .. } => "ramping-vus",
            Executor::ConstantArrival { .. } => "constant-arrival-rate",
            Executor::RampingArrival { .. } => "ramping-arrival-rate",
        }
    }

    /// How many VUs must exist before it starts, and how many it may use in all.
    pub(crate) fn vus(&self) -> (u32, u32) {
        match self {
            Executor::SharedIterations { vus, .. }
            | Executor::PerVuIterations { vus, .. }
            | Executor::ConstantVus { vus, .. } => (*vus, *vus),
            Executor::RampingVus { start, stages, .. } => {
                let most = stages.iter().map(|s| s.target).max().unwrap_or(0).max(*start);
                (most, most)
            }
            Executor::ConstantArrival { vus, max_vus, .. }
            | Executor::RampingArrival { vus, max_vus, .. } => (*vus, *max_vus),
        }
    }

    /// How long it starts iterations, at most.
    pub(crate) fn duration(&self) -> Duration {
        let total = |stages: &[Stage]| stages.iter().map(|s| s.duration).sum();
        match self {
            Executor::SharedIterations { max_duration, .. }
            | Executor::PerVuIterations { max_duration, .. } => *max_duration,
            Executor::ConstantVus { duration, .. } | Executor::ConstantArrival { duration, .. } => *duration,
            Executor::RampingVus { stages, .. } | Executor::RampingArrival { stages, .. } => total(stages),
        }
    }
}

/// Reads one scenario's object, ticking off the fields it knows.
struct Fields<'a> {
    name: &'a str,
    object: &'a Map<String, Value>,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    fn get(&mut self, field: &'static str) -> Option<&'a Value> {
        self.known.push(field);
        self.object.get(field).filter(|v| !v.is_null())
    }

    fn wrong(&self, field: &str, why: &str) -> String {
        format!("scenario {}: {field} {why}", self.name)
    }

    fn count(&mut self, field: &'static str, default: Option<i64>, least: i64) -> Result<u32, String> {
        let number = match (self.get(field), default) {
            (Some(value), _) => {
                whole_number(value).ok_or_else(|| self.wrong(field, "is not a whole number"))?
            }
            (None, Some(default)) => default,
            (None, None) => return Err(self.wrong(field, "is missing")),
        };
        if number < least || number > MAX_VUS {
            return Err(self.wrong(field, &format!("must be between {least} and {MAX_VUS}, not {number}")));
        }
        u32::try_from(number).map_err(|_| self.wrong(field, "is out of range"))
    }

    fn duration(&mut self, field: &'static str, default: Option<Duration>) -> Result<Duration, String> {
        match (self.get(field), default) {
            (Some(value), _) => read_duration(value).ok_or_else(|| self.wrong(field, "is not a duration")),
            (None, Some(default)) => Ok(default),
            (None, None) => Err(self.wrong(field, "is missing")),
        }
    }

    fn at_least_a_second(
        &mut self,
        field: &'static str,
        default: Option<Duration>,
    ) -> Result<Duration, String> {
        let duration = self.duration(field, default)?;
        if duration < Duration::from_secs(1) {
            return Err(self.wrong(field, "must be at least 1s"));
        }
        Ok(duration)
    }

    fn stages(&mut self) -> Result<Vec<Stage>, String> {
        let list = self.get("stages").and_then(Value::as_array).filter(|l| !l.is_empty());
        let list = list.ok_or_else(|| self.wrong("stages", "is missing or empty"))?;
        let stage = |stage: &Value| {
            let duration = stage.get("duration").and_then(read_duration)?;
            let target = whole_number(stage.get("target")?).filter(|t| (0..=MAX_VUS).contains(t))?;
            Some(Stage { duration, target: u32::try_from(target).ok()? })
        };
        let stages: Option<Vec<Stage>> = list.iter().map(stage).collect();
        stages.ok_or_else(|| self.wrong("stages", "must be a list of {duration, target}"))
    }

    fn arrival_vus(&mut self) -> Result<(u32, u32), String> {
        let vus = self.count("preAllocatedVUs", None, 0)?;
        let max = self.count("maxVUs", Some(i64::from(vus)), 0)?;
        if max < vus {
            return Err(self.wrong("maxVUs", "is less than preAllocatedVUs"));
        }
        Ok((vus, max))
    }

    fn executor(&mut self) -> Result<Executor, String> {
        let name = self.get("executor").and_then(Value::as_str).unwrap_or("").to_owned();
        let second = Some(Duration::from_secs(1));
        Ok(match name.as_str() {
            "shared-iterations" => {
                let (vus, iterations) =
                    (self.count("vus", Some(1), 1)?, self.count("iterations", Some(1), 1)?);
                if iterations < vus {
                    return Err(self.wrong("iterations", "is less than the number of VUs"));
                }
                let max_duration = self.at_least_a_second("maxDuration", Some(MAX_DURATION))?;
                Executor::SharedIterations { vus, iterations: iterations.into(), max_duration }
            }
            "per-vu-iterations" => Executor::PerVuIterations {
                vus: self.count("vus", Some(1), 1)?,
                iterations: self.count("iterations", Some(1), 1)?.into(),
                max_duration: self.at_least_a_second("maxDuration", Some(MAX_DURATION))?,
            },
            "constant-vus" => Executor::ConstantVus {
                vus: self.count("vus", Some(1), 1)?,
                duration: self.at_least_a_second("duration", None)?,
            },
            "ramping-vus" => {
                let executor = Executor::RampingVus {
                    start: self.count("startVUs", Some(1), 0)?,
                    stages: self.stages()?,
                    graceful_ramp_down: self.duration("gracefulRampDown", Some(GRACEFUL_STOP))?,
                };
                if executor.vus().0 == 0 {
                    return Err(self.wrong("stages", "and startVUs never ask for a VU"));
                }
                executor
            }
            "constant-arrival-rate" => {
                let rate = self.count("rate", None, 1)?;
                let unit = self.duration("timeUnit", second)?;
                let duration = self.at_least_a_second("duration", None)?;
                let (vus, max_vus) = self.arrival_vus()?;
                Executor::ConstantArrival { rate, unit, duration, vus, max_vus }
            }
            "ramping-arrival-rate" => {
                let (start, unit) =
                    (self.count("startRate", Some(0), 0)?, self.duration("timeUnit", second)?);
                let stages = self.stages()?;
                let (vus, max_vus) = self.arrival_vus()?;
                Executor::RampingArrival { start, unit, stages, vus, max_vus }
            }
            "" => return Err(self.wrong("executor", "is missing")),
            other => return Err(self.wrong("executor", &format!("'{other}' is unknown"))),
        })
    }
}

/// Reads a scenario; unknown fields are errors.
fn parse(name: &str, value: &Value) -> Result<Scenario, String> {
    let object = value.as_object().ok_or_else(|| format!("scenario {name} is not an object"))?;
    let mut fields = Fields { name, object, known: vec!["options"] };
    let executor = fields.executor()?;
    let texts = |value: Option<&Value>, what: &str| {
        let Some(value) = value else { return Ok(Vec::new()) };
        let value =
            tags(value).ok_or_else(|| format!("scenario {name}: {what} must be an object of texts"))?;
        let object = value.as_object().cloned().unwrap_or_default();
        Ok::<_, String>(object.into_iter().filter_map(|(k, v)| Some((k, v.as_str()?.to_owned()))).collect())
    };
    let scenario = Scenario {
        executor,
        start_time: fields.duration("startTime", Some(Duration::ZERO))?,
        graceful_stop: fields.duration("gracefulStop", Some(GRACEFUL_STOP))?,
        exec: fields.get("exec").and_then(Value::as_str).unwrap_or("default").to_owned(),
        env: texts(fields.get("env"), "env")?,
        tags: texts(fields.get("tags"), "tags")?,
        json: shown(value),
    };
    match object.keys().find(|k| !fields.known.contains(&k.as_str())) {
        Some(unknown) => Err(format!("scenario {name}: unknown field \"{unknown}\"")),
        None => Ok(scenario),
    }
}

/// The scenarios of a merged layer, made from shortcuts where there are any.
pub(crate) fn derive(layer: &Layer) -> Result<Vec<(String, Scenario)>, String> {
    let has = |key: &str| layer.get(key).is_some();
    let vus = layer.get("vus").and_then(Value::as_i64);
    let stages = layer.get("stages").and_then(Value::as_array).filter(|s| !s.is_empty());
    let conflict = |a: &str, b: &str| {
        Err(format!("using multiple execution config shortcuts ({a} and {b}) simultaneously is not allowed"))
    };
    if vus.is_some_and(|v| v <= 0) && !has("scenarios") {
        return Err("the number of VUs must be more than 0".to_owned());
    }
    let vus = vus.unwrap_or(1);
    let default = |value: Value| Ok(vec![("default".to_owned(), parse("default", &value)?)]);
    if let Some(iterations) = layer.get("iterations") {
        if stages.is_some() || has("scenarios") {
            return conflict("iterations", if has("scenarios") { "scenarios" } else { "stages" });
        }
        let mut value = json!({"executor": "shared-iterations", "vus": vus, "iterations": iterations});
        if let Some(duration) = layer.get("duration") {
            value["maxDuration"] = duration.clone();
        }
        return default(value);
    }
    if let Some(duration) = layer.get("duration") {
        if stages.is_some() || has("scenarios") {
            return conflict("duration", if has("scenarios") { "scenarios" } else { "stages" });
        }
        if read_duration(duration) == Some(Duration::ZERO) {
            return Err("the duration must be more than 0".to_owned());
        }
        return default(json!({"executor": "constant-vus", "vus": vus, "duration": duration}));
    }
    if let Some(stages) = stages {
        if has("scenarios") {
            return conflict("stages", "scenarios");
        }
        return default(json!({"executor": "ramping-vus", "startVUs": vus, "stages": stages}));
    }
    if let Some(scenarios) = layer.get("scenarios").and_then(Value::as_object).filter(|s| !s.is_empty()) {
        let named = |(name, value): (&String, &Value)| Ok((name.clone(), parse(name, value)?));
        return scenarios.iter().map(named).collect();
    }
    if vus > 1 {
        return default(json!({"executor": "shared-iterations", "vus": vus, "iterations": vus}));
    }
    default(json!({"executor": "per-vu-iterations", "vus": 1, "iterations": 1}))
}

/// A scenario as `exec.test.options` shows it: durations as texts.
fn shown(value: &Value) -> Value {
    let mut value = value.clone();
    for field in ["duration", "maxDuration", "gracefulStop", "startTime", "timeUnit", "gracefulRampDown"] {
        if let Some(slot) = value.get_mut(field)
            && let Some(time) = read_duration(slot)
        {
            *slot = duration::format(time).into();
        }
    }
    value
}

/// All scenarios as one JSON object.
pub(crate) fn to_json(scenarios: &[(String, Scenario)]) -> Value {
    Value::Object(scenarios.iter().map(|(name, s)| (name.clone(), s.json.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(options: Value) -> Result<Executor, String> {
        let (layer, _) = Layer::from_json(options.as_object().unwrap())?;
        Ok(derive(&layer)?.remove(0).1.executor)
    }

    #[test]
    fn shortcuts_stand_for_scenarios() {
        let second = Duration::from_secs(1);
        let shared =
            |vus, iterations, max_duration| Executor::SharedIterations { vus, iterations, max_duration };
        assert_eq!(check(json!({"iterations": 5})), Ok(shared(1, 5, MAX_DURATION)));
        assert_eq!(check(json!({"vus": 4})), Ok(shared(4, 4, MAX_DURATION)));
        assert_eq!(check(json!({"iterations": 2, "duration": "1s"})), Ok(shared(1, 2, second)));
        assert_eq!(
            check(json!({"vus": 2, "duration": 1000})),
            Ok(Executor::ConstantVus { vus: 2, duration: second })
        );
        assert_eq!(check(json!({})).map(|e| e.name()), Ok("per-vu-iterations"));
        assert_eq!(check(json!({"stages": [{"duration": "1s", "target": 3}]})).map(|e| e.vus()), Ok((3, 3)));
    }

    #[test]
    fn contradictions_and_unknown_fields_are_refused() {
        let scenario = |s: Value| json!({"scenarios": {"s": s}});
        for bad in [
            json!({"iterations": 1, "scenarios": {"s": {"executor": "constant-vus", "duration": "1s"}}}),
            json!({"duration": "1s", "stages": [{"duration": "1s", "target": 1}]}),
            json!({"duration": "0s"}),
            json!({"vus": 0}),
            json!({"vus": 5, "iterations": 2}),
            scenario(json!({"executor": "no-such"})),
            scenario(json!({"vus": 1})),
            scenario(json!({"executor": "per-vu-iterations", "iteration": 5})),
            scenario(json!({"executor": "constant-vus", "vus": 1})),
            scenario(json!({"executor": "constant-arrival-rate", "duration": "1s", "rate": 1})),
        ] {
            assert!(check(bad.clone()).is_err(), "{bad}");
        }
    }
}
