//! The search page, and how browsers search here.

use askama::Template;

use super::{
    super::{
        PublishError,
        edition::Edition,
        text::{encoded, one_line},
        words::Words,
    },
    Desk,
    frame::{Frame, fill},
    river::{Day, days},
};
use crate::{
    model::{Language, PublishedEntry, Slug, SortKey},
    search::{Query, QueryError},
};

/// What was searched for, and what was found.
#[derive(Debug, Clone, Default)]
pub struct Searched {
    /// The query as it was written.
    pub text: String,
    /// Only in this language.
    pub language: Option<Language>,
    /// What the query means. None where nothing was asked yet.
    pub query: Option<Result<Query, QueryError>>,
    /// Newest first.
    pub entries: Vec<PublishedEntry>,
    /// Only of this source.
    pub source: Option<Slug>,
    /// Only with this tag.
    pub tag: Option<String>,
    /// Whether this is not the first page.
    pub is_further: bool,
    /// Where the next page begins.
    pub next: Option<SortKey>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage<'a> {
    frame: Frame<'a>,
    asked: bool,
    problem: Option<&'static str>,
    nothing: &'static str,
    count: Option<String>,
    /// What narrows the search, by the names in the address.
    within: Vec<(&'static str, String)>,
    everywhere: String,
    languages: Vec<Choice>,
    examples: Vec<Example>,
    days: Vec<Day<'a>>,
    older: Option<String>,
}

struct Choice {
    value: &'static str,
    name: &'static str,
    chosen: bool,
}

struct Example {
    query: &'static str,
    href: String,
    meaning: &'static str,
}

#[derive(Template)]
#[template(path = "opensearch.xml")]
struct OpenSearch {
    name: String,
    description: String,
    icon: String,
    search: String,
}

/// The search page.
///
/// # Errors
/// Where it cannot be filled in.
pub fn search_page(desk: &Desk<'_>, searched: &Searched) -> Result<Vec<u8>, PublishError> {
    let page = desk.page(desk.all, &searched.entries);
    let edition = Edition::of(&page);
    let mut frame = desk.frame(None);
    let words = frame.words;
    frame.query.clone_from(&searched.text);
    frame.finds = false;
    frame.settle(desk.site, "search");
    if searched.query.is_some() {
        // Any number of addresses, none of which is worth keeping by a search engine.
        frame.canonical = None;
        let asked = format!("search?{}", question(searched));
        let other = words.other().folder(&desk.site.language);
        if let Some(switch) = &mut frame.switch {
            switch.href = format!("{}{other}{asked}", frame.root);
        }
    }
    frame.title = match searched.text.trim() {
        "" => format!("{} · {}", words.search, frame.site_title),
        text => format!("{} · {} · {}", one_line(text), words.search, frame.site_title),
    };
    frame.feeds = Vec::new();
    let older =
        searched.next.map(|next| format!("{}search?{}&before={}", frame.base, question(searched), next.0));
    let query = searched.query.as_ref().and_then(|query| query.as_ref().ok());
    let marker = |text: &str| query.map(|query| query.marks(text)).unwrap_or_default();
    let examples = words.search_examples.iter().map(|(query, meaning)| Example {
        query,
        href: format!("{}search?q={}", frame.base, encoded(query)),
        meaning,
    });
    fill(&SearchPage {
        asked: searched.query.is_some(),
        problem: searched
            .query
            .as_ref()
            .and_then(|query| query.as_ref().err())
            .map(|error| said(*error, words)),
        nothing: words.nothing_found,
        count: (!searched.is_further).then(|| words.found(edition.items.len(), searched.next.is_some())),
        everywhere: format!("{}search?{}", frame.base, words_asked(searched)),
        within: within(searched),
        languages: languages(searched.language.as_ref(), words),
        examples: examples.collect(),
        days: days(&edition, &frame, &marker),
        older,
        frame,
    })
}

/// How browsers search here (OpenSearch 1.1, draft 6).
///
/// # Errors
/// Where it cannot be filled in.
pub fn opensearch(desk: &Desk<'_>) -> Result<Vec<u8>, PublishError> {
    let words = Words::of(desk.language);
    fill(&OpenSearch {
        // At most 16 characters, as the format says.
        name: one_line(&desk.site.title).chars().take(16).collect(),
        description: one_line(&format!("{}: {}", desk.site.title, words.search)),
        icon: desk.site.address("assets/icon.svg"),
        search: desk.site.address("search"),
    })
}

fn question(searched: &Searched) -> String {
    let mut question = words_asked(searched);
    for (name, value) in within(searched) {
        question.push_str(&format!("&{name}={}", encoded(&value)));
    }
    question
}

fn words_asked(searched: &Searched) -> String {
    let mut question = format!("q={}", encoded(searched.text.trim()));
    if let Some(language) = &searched.language {
        question.push_str(&format!("&lang={}", encoded(language.as_str())));
    }
    question
}

fn within(searched: &Searched) -> Vec<(&'static str, String)> {
    let source = searched.source.as_ref().map(|source| ("source", source.to_string()));
    source.into_iter().chain(searched.tag.clone().map(|tag| ("tag", tag))).collect()
}

fn languages(chosen: Option<&Language>, words: &'static Words) -> Vec<Choice> {
    let is = |value: &str| chosen.is_some_and(|language| language.primary() == value);
    let (bg, en) = if words.lang == "bg" { (words, words.other()) } else { (words.other(), words) };
    vec![
        Choice { value: "", name: words.all_languages, chosen: chosen.is_none() },
        Choice { value: "bg", name: bg.name, chosen: is("bg") },
        Choice { value: "en", name: en.name, chosen: is("en") },
    ]
}

fn said(error: QueryError, words: &'static Words) -> &'static str {
    match error {
        QueryError::Empty => words.query_empty,
        QueryError::OnlyCommon => words.query_common,
        QueryError::OnlyExcluded => words.query_excluded,
        QueryError::TooLong => words.query_long,
        QueryError::TooManyWords => words.query_words,
        QueryError::ShortPrefix => words.query_prefix,
    }
}
