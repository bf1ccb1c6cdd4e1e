//! What commands print: lines, tables aligned to what is in them, JSON. A reader that goes away is no error.

use std::io::{self, IsTerminal, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::NOTHING};

use crate::model::Reason;

/// Prints a line on standard output.
pub(super) fn line(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// Prints a line on standard error. Where even that is gone there is nobody to tell.
pub(super) fn error_line(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints a value as JSON, over several lines.
pub(super) fn json<T: serde::Serialize>(value: &T) -> anyhow::Result<()> {
    Ok(line(&serde_json::to_string_pretty(value)?)?)
}

/// Prints a table without lines: a head, then the rows. Columns named in `right` hold numbers.
pub(super) fn table(head: &[&str], rows: Vec<Vec<String>>, right: &[usize]) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head.iter().map(|title| title.to_uppercase()));
    table.add_rows(rows);
    for index in right {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for text in table.lines() {
        line(text.trim_end())?;
    }
    Ok(())
}

/// Cuts a text to this many characters, for a column.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut shown: String = text.chars().take(width.saturating_sub(1)).collect();
    shown.push('…');
    shown
}

/// A reason for a list: in plain words, with those of the protocol beside them.
pub(super) fn reason(reason: Option<&str>, technical: Option<&str>) -> String {
    match (reason.map(in_our_language), technical) {
        (Some(reason), Some(technical)) => format!("{reason} [{technical}]"),
        (reason, _) => reason.unwrap_or_default(),
    }
}

/// A stored reason in Bulgarian, where the terminal speaks it and we have it so; else as it is.
pub(super) fn in_our_language(reason: &str) -> String {
    let bulgarian = if speaks_bulgarian() { Reason::in_bulgarian(reason) } else { None };
    bulgarian.unwrap_or_else(|| reason.to_owned())
}

/// The first of these that says anything counts (POSIX, Base Definitions §8.2).
fn speaks_bulgarian() -> bool {
    let said = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| std::env::var(name).ok());
    said.filter(|value| !value.is_empty()).next().is_some_and(|value| value.starts_with("bg"))
}

/// A moment for a list: to the minute, in UTC.
pub(super) fn moment(at: Option<crate::model::Timestamp>) -> String {
    at.map_or_else(|| "–".to_owned(), |at| at.format("%Y-%m-%d %H:%M").to_string())
}

/// How far a move between databases is, for whoever watches.
pub(super) struct MoveBar(indicatif::ProgressBar);

impl MoveBar {
    pub(super) fn new() -> Self {
        if !is_terminal() {
            return MoveBar(indicatif::ProgressBar::hidden());
        }
        let style = indicatif::ProgressStyle::with_template(
            "{bar:30.cyan/dim} {human_pos} of {human_len} rows, {wide_msg:.dim}",
        );
        let style = style.unwrap_or_else(|_| indicatif::ProgressStyle::default_bar());
        MoveBar(indicatif::ProgressBar::new(0).with_style(style))
    }

    pub(super) fn show(&self, progress: crate::store::MoveProgress) {
        let doing = if progress.comparing { "comparing" } else { "writing" };
        self.0.set_length(progress.of);
        self.0.set_position(progress.rows);
        self.0.set_message(format!("{doing} {}", progress.table));
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// A number of bytes for people.
pub(super) fn size(bytes: u64) -> String {
    bytesize::ByteSize(bytes).display().iec_short().to_string()
}

/// Whether somebody watches.
pub(super) fn is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whether the error is a reader of our output that went away, as `head` does.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
