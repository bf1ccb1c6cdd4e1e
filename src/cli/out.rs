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

/// A column of texts is never cut to less than this.
const NARROWEST: usize = 10;
/// What is no wider is no text, but a date, a name or a number, and stays whole.
const SHORT: usize = 16;

/// Prints a table without lines: a head, then the rows. Columns named in `right` hold numbers. On a terminal, texts are cut so that
/// a row is a line; scripts get the whole.
pub(super) fn table(head: &[&str], rows: Vec<Vec<String>>, right: &[usize]) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head.iter().map(|title| title.to_uppercase()));
    let width = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    table.add_rows(match width {
        Some(width) => fitted(head, rows, width),
        None => rows,
    });
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

/// The rows with the texts of their widest columns cut, so that a row needs no more than `width` characters. Addresses stay whole:
/// they are there to be copied.
fn fitted(head: &[&str], mut rows: Vec<Vec<String>>, width: usize) -> Vec<Vec<String>> {
    let characters = |text: &str| text.chars().count();
    let mut widths: Vec<usize> = head.iter().map(|title| characters(title)).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(characters(cell));
        }
    }
    let is_address = |cell: &String| cell.contains("://") || cell.chars().count() <= 1;
    let stays = |(column, width): (usize, &usize)| {
        *width <= SHORT || rows.iter().filter_map(|row| row.get(column)).all(is_address)
    };
    let stays: Vec<bool> = widths.iter().enumerate().map(stays).collect();
    // Each column has a space on both sides, of which the last one is not printed.
    let mut over = (widths.iter().sum::<usize>() + 2 * widths.len()).saturating_sub(width + 1);
    while over > 0 {
        let cuttable = widths.iter_mut().zip(&stays).filter(|(_, stays)| !**stays);
        let widest = cuttable.map(|(width, _)| width).max();
        let Some(widest) = widest.filter(|widest| **widest > NARROWEST) else { break };
        *widest -= 1;
        over -= 1;
    }
    for row in &mut rows {
        for (cell, width) in row.iter_mut().zip(&widths) {
            *cell = cut(cell, *width);
        }
    }
    rows
}

/// `1 post`, `2 posts`.
pub(super) fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// The title of an entry, else the beginning of its text in brackets: many short messages have none.
pub(super) fn title(entry: &crate::model::Entry, width: usize) -> String {
    if !entry.title.trim().is_empty() {
        return cut(&entry.title, width);
    }
    let markup = entry.content.as_ref().or(entry.summary.as_ref());
    let text = markup.map(|markup| crate::publish::plain_text(markup.as_str())).unwrap_or_default();
    let text = if text.is_empty() { "no title".to_owned() } else { cut(&text, width.saturating_sub(2)) };
    format!("[{text}]")
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
    let mut said = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| std::env::var(name).ok());
    said.find(|value| !value.is_empty()).is_some_and(|value| value.starts_with("bg"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_wide_for_a_terminal_is_cut_where_it_is_widest() {
        let row = |title: &str, reason: &str| vec!["noi".to_owned(), title.to_owned(), reason.to_owned()];
        let rows = vec![row(&"т".repeat(60), &"r".repeat(30)), row("кратко", "–")];
        let width = |row: &[String]| row.iter().map(|cell| cell.chars().count() + 2).sum::<usize>() - 1;
        let head = ["source", "title", "reason"];
        let shown = fitted(&head, rows.clone(), 80);
        assert_eq!((width(&shown[0]) + 3, shown[0][1].ends_with('…')), (80, true), "{shown:?}");
        assert_eq!((&shown[0][2], &shown[1]), (&rows[0][2], &rows[1]), "what fits stays");
        assert_eq!(fitted(&head, rows.clone(), 200), rows);
        let addresses = vec![row("кратко", &format!("https://{}", "a".repeat(90)))];
        assert_eq!(fitted(&head, addresses.clone(), 80), addresses, "an address is there to be copied");
        assert!(fitted(&head, rows, 5)[0][1].chars().count() == NARROWEST, "something is always shown");
    }
}
