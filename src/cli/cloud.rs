//! The local cloud as the command line asks for it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::{Flag, Parsed, Takes, flag};
use crate::lang::{Diagnostic, Diagnostics};
use crate::localcloud::{ClockMode, CloudError, LocalCloud, Options, Rules, WorldFile};
use crate::stack;

/// Where the world is when nobody says.
fn own_world() -> PathBuf {
    stack::data_dir(Path::new(""), &|name| std::env::var(name).ok()).join("world.redb")
}

/// Flags of every command that can work on the local cloud.
pub(super) const WORLD_FLAGS: &[Flag] = &[
    flag("world", Takes::One("FILE"), "The file that keeps the local cloud's world (.ringfence/world.redb)."),
    flag(
        "clock",
        Takes::One("CLOCK"),
        "How the local cloud's time goes: \"real\", \"instant\", or a factor such as x60, the default.",
    ),
    flag("chaos", Takes::One("FILE"), "Let the local cloud fail by the rules of this file (docs/chaos.md)."),
];

/// The options of the local cloud that the flags ask for. The world's directory is made.
pub(super) fn options(args: &Parsed) -> Result<Options, Diagnostics> {
    let world = args.value("world").map_or_else(own_world, PathBuf::from);
    if let Some(dir) = world.parent().filter(|d| !d.as_os_str().is_empty()) {
        std::fs::create_dir_all(dir).map_err(|problem| {
            let detail = format!("The directory {} could not be made: {problem}.", dir.display());
            Diagnostics::from(Diagnostic::error("No place for the world", detail))
        })?;
    }
    let mut options = Options { world: WorldFile::File(world), ..Options::default() };
    if let Some(clock) = args.value("clock") {
        options.clock = self::clock(clock)?;
    }
    if let Some(latency) = args.value("latency") {
        options.latency = duration(latency).ok_or_else(|| {
            let detail = format!("-latency takes a time such as 50ms or 2s, not {latency:?}.");
            Diagnostics::from(Diagnostic::error("Invalid latency", detail))
        })?;
    }
    if let Some(listen) = args.value("listen") {
        options.listen = listen.parse::<SocketAddr>().map_err(|_| {
            let detail =
                format!("-listen takes an address with a port, such as 127.0.0.1:8443, not {listen:?}.");
            Diagnostics::from(Diagnostic::error("Invalid address", detail))
        })?;
    }
    if let Some(file) = args.value("client-certificate") {
        let pem = std::fs::read_to_string(file).map_err(|problem| {
            let detail = format!("-client-certificate={file} could not be read: {problem}.");
            Diagnostics::from(Diagnostic::error("No such certificate", detail))
        })?;
        options.proofs.certificates.push(pem);
    }
    if let Some(seed) = args.value("unruly") {
        options.unruly = Some(seed.parse().map_err(|_| {
            let detail = format!("-unruly takes a whole number, not {seed:?}.");
            Diagnostics::from(Diagnostic::error("Invalid seed", detail))
        })?);
    }
    let roles = args.value("roles");
    options.roles =
        roles.map(|all| all.split(',').map(str::trim).filter(|r| !r.is_empty()).map(str::to_owned).collect());
    options.log = args.value("log").map(PathBuf::from);
    Ok(options)
}

/// A clock by its name.
pub(super) fn clock(text: &str) -> Result<ClockMode, Diagnostics> {
    text.parse().map_err(|e: String| Diagnostic::error("There is no such clock", e).into())
}

/// Opens the world in this process.
pub(super) fn open(args: &Parsed) -> Result<LocalCloud, Diagnostics> {
    let rules = chaos(args)?;
    let cloud = LocalCloud::open(&options(args)?).map_err(|e| problem(&e))?;
    cloud.add_chaos(rules);
    Ok(cloud)
}

/// The faults that `-chaos=FILE` asks for.
pub(super) fn chaos(args: &Parsed) -> Result<Rules, Diagnostics> {
    let Some(file) = args.value("chaos") else { return Ok(Rules::default()) };
    let text = std::fs::read_to_string(file).map_err(|problem| {
        let detail = format!("-chaos={file} could not be read: {problem}.");
        Diagnostics::from(Diagnostic::error("No such rules", detail))
    })?;
    Rules::parse(&text).map_err(|bad| {
        let detail = format!(
            "{file}:{}:{}: {}.\n\nThe rules are described in docs/chaos.md.",
            bad.line, bad.column, bad.why
        );
        Diagnostic::error("The rules for faults cannot be used", detail).into()
    })
}

/// Why the cloud did not start, with its causes.
pub(super) fn problem(error: &CloudError) -> Diagnostics {
    let mut detail = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !detail.contains(&text) {
            detail.push_str(&format!(": {text}"));
        }
        cause = inner.source();
    }
    if !detail.ends_with('.') {
        detail.push('.');
    }
    Diagnostic::error("The local cloud did not start", detail).into()
}

/// Writes a file that others are told of.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Diagnostics> {
    std::fs::write(path, text).map_err(|problem| {
        let detail = format!("{} could not be written: {problem}.", path.display());
        Diagnostic::error("Failed to write a file", detail).into()
    })
}

/// `250ms`, `10s`, `1.5s`, `2m`, `1h`; several follow each other as in `1m30s`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit = &rest[digits..];
        let (seconds, length) = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)]
            .iter()
            .find_map(|(name, seconds)| unit.starts_with(name).then_some((seconds, name.len())))?;
        total += number * seconds;
        rest = &unit[length..];
    }
    (!text.is_empty()).then(|| Duration::try_from_secs_f64(total).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        let rows = [("50ms", 50), ("10s", 10_000), ("1.5s", 1500), ("1m30s", 90_000), ("2h", 7_200_000)];
        for (text, millis) in rows {
            assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for bad in ["", "10", "s", "1x", "-1s"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
