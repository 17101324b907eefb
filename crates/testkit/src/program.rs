//! A real child process: its output is read, it is awaited until it says that it is ready, and it dies with its owner.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use stdx::Clock;

/// Lines of output that are kept for messages.
const KEPT_LINES: usize = 200;

/// A running child. Dropping it kills it.
#[derive(Debug)]
pub struct Program {
    child: Child,
    output: Arc<Output>,
    clock: Clock,
}

#[derive(Debug, Default)]
struct Output {
    lines: Mutex<Lines>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Lines {
    kept: VecDeque<String>,
    /// Lines so far, kept or not.
    count: usize,
    /// Streams that ended.
    ended: usize,
}

impl Program {
    /// Starts `command` with its output captured, and waits until a line of it makes `ready` answer `Some`.
    pub fn start<T>(
        command: &mut Command,
        timeout: Duration,
        ready: impl Fn(&str) -> Option<T>,
    ) -> Result<(Program, T), String> {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("{program} does not start: {error}"))?;
        let output = Arc::new(Output::default());
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|stream| Box::new(stream) as _),
            child.stderr.take().map(|stream| Box::new(stream) as _),
        ];
        for stream in streams.into_iter().flatten() {
            let output = output.clone();
            let read = move || output.read(stream);
            stdx::task::thread("child output", read).map_err(|error| error.to_string())?;
        }
        let running = Program { child, output, clock: Clock::system() };
        match running.wait_for(timeout, ready) {
            Some(value) => Ok((running, value)),
            None => Err(format!("{program} did not get ready; it said:\n{}", running.said())),
        }
    }

    /// Waits until a line (also of those before this call) makes `wanted` answer `Some`; `None` after `timeout` or once the
    /// child closed its output.
    pub fn wait_for<T>(&self, timeout: Duration, wanted: impl Fn(&str) -> Option<T>) -> Option<T> {
        let deadline = self.clock.monotonic() + timeout;
        let mut lines = self.output.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let mut looked = 0;
        loop {
            let unseen = (lines.count - looked).min(lines.kept.len());
            let found = lines.kept.iter().skip(lines.kept.len() - unseen).find_map(|line| wanted(line));
            if found.is_some() {
                return found;
            }
            looked = lines.count;
            let left = deadline.saturating_sub(self.clock.monotonic());
            if left.is_zero() || lines.ended == 2 {
                return None;
            }
            let waited = self.output.more.wait_timeout(lines, left);
            lines = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The last lines of output.
    pub fn said(&self) -> String {
        let lines = self.output.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.kept.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Kills it at once (SIGKILL) and waits for its end.
    pub fn kill(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to stop (SIGTERM) and waits for its end; kills it after `timeout`.
    pub fn stop(mut self, timeout: Duration) -> Result<ExitStatus, String> {
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let deadline = self.clock.monotonic() + timeout;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Err(error) => return Err(error.to_string()),
                Ok(None) if self.clock.monotonic() > deadline => {
                    return Err(format!("it did not stop in {timeout:?}; it said:\n{}", self.said()));
                }
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Output {
    fn read(&self, stream: Box<dyn Read + Send>) {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while matches!(stream.read_until(b'\n', &mut line), Ok(1..)) {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            lines.kept.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
            lines.count += 1;
            if lines.kept.len() > KEPT_LINES {
                lines.kept.pop_front();
            }
            self.more.notify_all();
            line.clear();
        }
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).ended += 1;
        self.more.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    #[test]
    fn a_child_is_ready_says_things_and_stops() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo starting; echo port 4711; exec sleep 60"]);
        let port = |line: &str| line.strip_prefix("port ").and_then(|port| port.parse::<u16>().ok());
        let (child, port) = Program::start(&mut command, SOON, port).unwrap();
        assert_eq!(port, 4711);
        assert_eq!(child.said(), "starting\nport 4711\n");
        assert!(!child.stop(SOON).unwrap().success());
    }

    #[test]
    fn a_child_that_ends_before_it_is_ready_is_an_error_with_its_last_words() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such file >&2"]);
        let error = Program::start(&mut command, SOON, |_| None::<()>).unwrap_err();
        assert!(error.contains("no such file"), "{error}");
    }
}
