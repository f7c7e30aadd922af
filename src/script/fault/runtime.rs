//! Errors of Lua as faults: the author's file and line, the author's frames, nothing of hubmark's inside.

use super::{Fault, LoadErrorKind, Locator};
use crate::script::files::Folder;
use crate::script::limits::{Breach, clip};
use crate::script::vm::is_ours;
use mlua::Error;

/// Most frames that a fault shows.
const FRAMES_MAX: usize = 8;

/// An error of the author's code, or of a function that it called.
pub(in crate::script) fn from_lua(error: &Error, folder: &Folder) -> Fault {
    let (text, trace) = message(error);
    let kind = match innermost(error) {
        Error::SyntaxError { .. } => LoadErrorKind::Syntax,
        _ => LoadErrorKind::Runtime,
    };
    let mut fault = Fault::new(kind, "");
    let frames = author_frames(&trace, folder);
    let (mut place, mut rest) = split_place(&text, folder);
    // An error that went through a coroutine has the place where that was resumed in front of its own.
    while let (Some(inner), text) = split_place(&rest, folder) {
        (place, rest) = (Some(inner), text);
    }
    let mut lines = rest.split("\nhint: ");
    fault.heading = clip(lines.next().unwrap_or_default().trim());
    fault.hints = lines.map(|hint| clip(hint.trim())).collect();
    reword(&mut fault);
    let place = place.or_else(|| frames.first().map(|f| (f.chunk.clone(), f.line)));
    if let Some((chunk, line)) = place {
        fault.file = Some(folder.shown(&chunk));
        fault.line = Some(line);
        Locator::new(folder).quote(&mut fault, &chunk);
        point(&mut fault);
        let below = frames.iter().skip_while(|f| !(f.chunk == chunk && f.line == line)).skip(1);
        fault.frames = below.take(FRAMES_MAX).map(|f| f.text(folder)).collect();
    }
    fault
}

/// Says in the language's words what Lua says in its own.
fn reword(fault: &mut Fault) {
    let heading = fault.heading.as_str();
    let object =
        ["table: 0x", "function: 0x", "userdata: 0x", "thread: 0x"].iter().find(|kind| heading.starts_with(**kind));
    if let Some(kind) = object {
        let kind = kind.split(':').next().unwrap_or_default();
        fault.heading = format!("the script raised a {kind} as its error");
        fault.hints.push("raise a text: error(\"what is wrong\")".to_owned());
    } else if heading.contains("attempt to compare") && heading.contains("Quantity") {
        fault.heading = "a quantity is compared with something that is none".to_owned();
        fault.hints.push("give the other side a unit, for example hm.duration(\"5m\")".to_owned());
    } else if heading.ends_with("attempt to modify a readonly table") {
        fault.heading = "this table cannot be changed".to_owned();
    }
}

/// Points at the unknown name of an error, where it stands on the author's line.
fn point(fault: &mut Fault) {
    let (Some(line), Some(word)) = (&fault.source_line, fault.heading.split('"').nth(1)) else { return };
    if !fault.heading.starts_with("unknown ") && !fault.heading.starts_with("assignment ") {
        return;
    }
    let word = word.rsplit('.').next().unwrap_or(word);
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let alone =
        |at: &usize| !line[..*at].ends_with(part) && !line[at + word.len()..].starts_with(part) && !word.is_empty();
    if let Some(at) = line.match_indices(word).map(|(at, _)| at).find(alone) {
        fault.column = Some(line[..at].chars().count() + 1);
        fault.length = word.chars().count();
    }
}

/// The text of an error with the author's places, in one paragraph, for a run's log.
pub(in crate::script) fn author_text(error: &Error, folder: &Folder) -> String {
    clip(&from_lua(error, folder).to_string())
}

/// The end of a VM by a limit.
pub(in crate::script) fn breach_fault(breach: Breach, entry: &str, folder: &Folder) -> Fault {
    let mut fault = Fault::new(LoadErrorKind::Limit, breach.to_string());
    fault.file = Some(folder.shown(entry));
    match breach {
        Breach::Time(_) => fault.hint("a scenario describes load, it does not compute; move long work into a notebook"),
        Breach::Memory(_) => fault.hint("build smaller tables and texts"),
        Breach::Depth => fault.hint("look for a function that calls itself without end"),
    }
}

/// The cause below all wrapping.
fn innermost(error: &Error) -> &Error {
    match error {
        Error::CallbackError { cause, .. } | Error::WithContext { cause, .. } => innermost(cause),
        other => other,
    }
}

/// Message and traceback of an error.
fn message(error: &Error) -> (String, String) {
    let mut trace = String::new();
    let mut at = error;
    loop {
        match at {
            Error::CallbackError { traceback, cause } => {
                // The outermost traceback knows the frames nearest to the failing call too.
                trace.push_str(traceback);
                trace.push('\n');
                at = cause;
            }
            Error::WithContext { cause, .. } => at = cause,
            _ => break,
        }
    }
    let text = match at {
        Error::RuntimeError(text) => text.clone(),
        Error::SyntaxError { message, .. } => message.clone(),
        Error::FromLuaConversionError { to, from, message } => {
            let more = message.as_ref().map(|m| format!(" ({m})")).unwrap_or_default();
            format!("found {from}, wanted {to}{more}")
        }
        Error::BadArgument { to, pos, cause, .. } => {
            let to = to.clone().unwrap_or_else(|| "the function".to_owned());
            format!("wrong argument {pos} of {to}: {}", message(cause).0)
        }
        other => other.to_string(),
    };
    match text.split_once("\nstack traceback:") {
        Some((text, more)) => (text.to_owned(), format!("{more}\n{trace}")),
        None => (text, trace),
    }
}

/// A frame of the author's.
struct Frame {
    chunk: String,
    line: usize,
    function: Option<String>,
}

impl Frame {
    fn text(&self, folder: &Folder) -> String {
        let place = format!("{}:{}", folder.shown(&self.chunk), self.line);
        match &self.function {
            Some(name) => format!("{place} in {name}"),
            None => place,
        }
    }
}

/// The frames of a traceback that lie in the author's files, innermost first.
fn author_frames(trace: &str, folder: &Folder) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for line in trace.lines().take(200) {
        let line = line.trim();
        let (Some((chunk, number)), rest) = split_frame(line, folder) else { continue };
        let function = rest.trim().strip_prefix("function ").map(|f| clip(f.trim_matches(['\'', '<', '>'])));
        if frames.iter().any(|f| f.chunk == chunk && f.line == number) {
            continue;
        }
        frames.push(Frame { chunk, line: number, function });
    }
    frames
}

/// Splits `scenario.lua:12 rest`.
fn split_frame<'t>(line: &'t str, folder: &Folder) -> (Option<(String, usize)>, &'t str) {
    for file in folder.files() {
        if let Some(rest) = line.strip_prefix(&file.path).and_then(|r| r.strip_prefix(':')) {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            if let Ok(number) = rest[..end].parse() {
                return (Some((file.path, number)), &rest[end..]);
            }
        }
    }
    (None, line)
}

/// Splits the place off a message `scenario.lua:12: text`; places in hubmark's own modules are dropped.
fn split_place(text: &str, folder: &Folder) -> (Option<(String, usize)>, String) {
    // The name of a chunk that Luau shows as `[string "…"]` for syntax errors is the same.
    let text = text.strip_prefix("syntax error: ").unwrap_or(text);
    if let (Some(place), rest) = split_frame(text, folder) {
        return (Some(place), rest.trim_start_matches(':').trim_start().to_owned());
    }
    if let Some((chunk, rest)) = text.split_once(':')
        && is_ours(chunk)
    {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(':');
        return (None, rest.trim_start().to_owned());
    }
    (None, text.to_owned())
}
