//! The page that lists what we collect from.

use askama::Template;
use chrono_tz::Tz;

use super::{
    super::{
        PublishError,
        text::{one_line, web_address},
        words::Words,
    },
    Desk,
    frame::{Frame, fill},
};
use crate::model::{Health, Language, Source, SourceKind, Timestamp};

#[derive(Template)]
#[template(path = "sources.html")]
struct SourcesPage<'a> {
    frame: Frame<'a>,
    rows: Vec<SourceRow<'a>>,
}

struct SourceRow<'a> {
    title: String,
    href: String,
    lang: Option<&'a str>,
    home: Option<String>,
    kind: &'static str,
    last_success: String,
    state: String,
    is_well: bool,
}

/// The page that lists what we collect from, and how each source is doing.
///
/// # Errors
/// Where it cannot be filled in.
pub fn sources_page(desk: &Desk<'_>, sources: &[Source]) -> Result<Vec<u8>, PublishError> {
    let mut frame = desk.frame(None);
    let words = frame.words;
    frame.title = format!("{} · {}", words.sources, frame.site_title);
    frame.description = words.sources_intro.to_owned();
    frame.settle(desk.site, "sources");
    let mut rows: Vec<SourceRow<'_>> =
        sources.iter().map(|source| source_row(source, &frame, desk.site.zone)).collect();
    rows.sort_by_cached_key(|row| row.title.to_lowercase());
    fill(&SourcesPage { frame, rows })
}

fn source_row<'a>(source: &'a Source, frame: &Frame<'_>, zone: Tz) -> SourceRow<'a> {
    let (spec, words) = (&source.spec, frame.words);
    let when = |at: Timestamp| words.date_and_time(at, zone);
    SourceRow {
        title: one_line(source.title()),
        href: frame.source(spec.slug.as_str()),
        lang: spec.language.as_ref().map(Language::as_str),
        home: source.home().and_then(web_address),
        kind: kind_in_words(spec.kind, words),
        // Our own posts are read whenever they change.
        last_success: match (spec.kind, source.state.last_success) {
            (SourceKind::Local, _) => "–".to_owned(),
            (_, at) => at.map_or_else(|| words.never.to_owned(), when),
        },
        state: state_in_words(source, words, zone),
        is_well: !spec.enabled || !source.state.health.is_failure(),
    }
}

/// What a source is.
pub(super) fn kind_in_words(kind: SourceKind, words: &'static Words) -> &'static str {
    match kind {
        SourceKind::Feed => words.kind_feed,
        SourceKind::Page => words.kind_page,
        SourceKind::Local => words.kind_local,
    }
}

/// How a source is doing. The reason is for staff: it may name hosts and addresses.
pub(super) fn state_in_words(source: &Source, words: &'static Words, zone: Tz) -> String {
    match source.health() {
        Health::Disabled => words.state_off.to_owned(),
        // A move and a silence are for staff to look after.
        Health::Ok | Health::Quiet | Health::Moved => words.state_ok.to_owned(),
        Health::New => words.state_new.to_owned(),
        Health::Gone => words.state_gone.to_owned(),
        Health::Failing | Health::BrokenContract => {
            let mut state = words.state_failing.to_owned();
            if let Some(since) = source.state.failing_since {
                state = format!("{state} {} {}", words.since, words.date_and_time(since, zone));
            }
            if let Some(next) = source.state.next_due {
                state = format!("{state}; {} {}", words.tried_again, words.date_and_time(next, zone));
            }
            state
        }
    }
}
