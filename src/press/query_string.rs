//! Filters in an address (`/feeds/all.atom?lang=bg&tag=ai`): read, bounded, and brought into one form, so that the same question
//! is the same document. Pure.

use std::{collections::BTreeSet, fmt::Display, str::FromStr};

use url::form_urlencoded;

use crate::{
    config::{Moment, nearest},
    model::{Channel, Filter, Language, PublicationPolicy, Slug, Source, SourceKind},
    search::Query,
};

/// Bytes of a query.
const LONGEST: usize = 1024;
/// Values in all filters together.
const MOST: usize = 20;
/// Characters of one value.
const LONGEST_VALUE: usize = 100;
/// Entries that an address can ask for.
const LIMIT: u32 = 200;
/// Values that an answer names.
const NAMED: usize = 12;

/// Every filter, in the order of the canonical form.
const FILTERS: [&str; 9] = ["lang", "tag", "source", "group", "kind", "policy", "since", "q", "limit"];

/// What an address asks for besides a channel's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Question {
    filter: Filter,
    limit: Option<u32>,
}

/// What can be asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Vocabulary {
    sources: BTreeSet<String>,
    groups: BTreeSet<String>,
    languages: BTreeSet<String>,
}

impl Vocabulary {
    /// The names of these sources and their groups, and the languages of sources and entries.
    pub(super) fn of<'a>(
        sources: impl IntoIterator<Item = &'a Source>,
        languages: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut known = Vocabulary { languages: languages.into_iter().collect(), ..Vocabulary::default() };
        for source in sources {
            known.sources.insert(source.spec.slug.to_string());
            known.groups.extend(source.spec.groups.iter().map(Slug::to_string));
            known.languages.extend(source.spec.language.iter().map(|language| language.primary().to_owned()));
        }
        known
    }
}

impl Question {
    /// Reads a query.
    ///
    /// # Errors
    /// A sentence for whoever asked, which names what can be asked for.
    pub(super) fn read(query: &str, known: &Vocabulary) -> Result<Self, String> {
        if query.len() > LONGEST {
            return Err(format!("The query is longer than {LONGEST} bytes."));
        }
        let mut question = Question::default();
        let mut values = 0;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            // In words to search for, a comma is a comma.
            let separator = if name == "q" { '\0' } else { ',' };
            for value in value.split(separator).map(str::trim).filter(|value| !value.is_empty()) {
                values += 1;
                if values > MOST {
                    return Err(format!("The query has more than {MOST} values."));
                }
                if value.chars().count() > LONGEST_VALUE {
                    return Err(format!(
                        "A value of “{}” is longer than {LONGEST_VALUE} characters.",
                        shown(&name)
                    ));
                }
                question.take(&name, value, known)?;
            }
            if !FILTERS.contains(&name.as_ref()) {
                return Err(unknown_filter(&name));
            }
        }
        Ok(question)
    }

    fn take(&mut self, name: &str, value: &str, known: &Vocabulary) -> Result<(), String> {
        let filter = &mut self.filter;
        match name {
            "lang" => {
                let language: Language = parsed(name, value, "a language such as bg")?;
                one_of(name, language.primary(), &known.languages)?;
                add(&mut filter.languages, parsed(name, language.primary(), "a language")?);
            }
            "tag" => add(&mut filter.tags, value.to_lowercase()),
            "source" => {
                one_of(name, value, &known.sources)?;
                add(&mut filter.sources, parsed(name, value, "a name")?);
            }
            "group" => {
                one_of(name, value, &known.groups)?;
                add(&mut filter.groups, parsed(name, value, "a name")?);
            }
            "kind" => {
                let kinds = [SourceKind::Feed, SourceKind::Page, SourceKind::Local];
                let names = kinds.iter().map(|kind| kind.name().to_owned()).collect();
                one_of(name, value, &names)?;
                filter.kinds.extend(kinds.into_iter().find(|kind| kind.name() == value));
                filter.kinds.sort_by_key(|kind| kind.name());
                filter.kinds.dedup();
            }
            "policy" => {
                one_of(
                    name,
                    value,
                    &PublicationPolicy::ALL.iter().map(|policy| policy.name().to_owned()).collect(),
                )?;
                filter.policies.extend(PublicationPolicy::from_name(value));
                filter.policies.sort_by_key(|policy| policy.name());
                filter.policies.dedup();
            }
            "since" => {
                let since: Moment = parsed(name, value, "a date such as 2026-01-31 or 2026-01-31T08:00:00Z")?;
                once(name, filter.since.replace(since.0))?;
            }
            "q" => {
                Query::parse(value).map_err(|error| format!("“q” cannot be searched for: {error}"))?;
                if filter.text.replace(value.to_owned()).is_some() {
                    return Err("“q” stands once in an address; several words go into one.".to_owned());
                }
            }
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=LIMIT).contains(limit));
                let limit = limit.ok_or_else(|| format!("“limit” is a number from 1 to {LIMIT}."))?;
                once(name, self.limit.replace(limit))?;
            }
            other => return Err(unknown_filter(other)),
        }
        Ok(())
    }

    /// Whether nothing is asked for that changes a feed.
    pub(super) fn is_empty(&self) -> bool {
        self.canonical().is_empty()
    }

    /// The query in the form that all equal ones have: filters in one order, values sorted, each once.
    pub(super) fn canonical(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let filter = &self.filter;
        let mut put = |name: &str, values: Vec<String>| {
            for value in values {
                query.append_pair(name, &value);
            }
        };
        put("lang", texts(&filter.languages));
        put("tag", filter.tags.clone());
        put("source", texts(&filter.sources));
        put("group", texts(&filter.groups));
        put("kind", filter.kinds.iter().map(|kind| kind.name().to_owned()).collect());
        put("policy", filter.policies.iter().map(|policy| policy.name().to_owned()).collect());
        put("since", filter.since.iter().map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string()).collect());
        put("q", filter.text.iter().cloned().collect());
        put("limit", self.limit.iter().map(u32::to_string).collect());
        query.finish()
    }

    /// The channel with only what is asked for.
    pub(super) fn narrow(&self, channel: Channel) -> Channel {
        let mut narrowed = Channel { query: self.canonical(), narrowed: self.filter.clone(), ..channel };
        if let Some(limit) = self.limit {
            narrowed.window.entries = limit;
        }
        if let [language] = self.filter.languages.as_slice() {
            narrowed.language = Some(language.clone());
        }
        let asked: Vec<String> = [
            texts(&self.filter.languages),
            self.filter.tags.clone(),
            texts(&self.filter.sources),
            texts(&self.filter.groups),
            self.filter.text.iter().map(|words| format!("“{words}”")).collect(),
        ]
        .concat();
        if !asked.is_empty() {
            for title in narrowed.titles.values_mut() {
                title.push_str(&format!(" · {}", asked.join(", ")));
            }
        }
        narrowed
    }
}

/// A bound has one value.
fn once<T>(name: &str, former: Option<T>) -> Result<(), String> {
    if former.is_some() { Err(format!("“{name}” stands twice in the address.")) } else { Ok(()) }
}

fn texts(values: &[impl Display]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn add<T: Ord>(list: &mut Vec<T>, value: T) {
    if let Err(at) = list.binary_search(&value) {
        list.insert(at, value);
    }
}

fn parsed<T: FromStr>(name: &str, value: &str, expected: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("“{}” is no value of “{name}”: expected {expected}.", shown(value)))
}

fn one_of(name: &str, value: &str, known: &BTreeSet<String>) -> Result<(), String> {
    if known.contains(value) {
        return Ok(());
    }
    Err(format!(
        "“{}” is no value of “{name}” here. {}",
        shown(value),
        list(value, known.iter().map(String::as_str))
    ))
}

fn unknown_filter(name: &str) -> String {
    format!("“{}” is no filter. {}", shown(name), list(name, FILTERS))
}

/// What is known, the nearest first.
fn list<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.into_iter().collect();
    if known.is_empty() {
        return "There is none.".to_owned();
    }
    if let Some(near) = nearest(given, known.iter().copied()) {
        known.sort_by_key(|name| *name != near);
    }
    let more = known.len().saturating_sub(NAMED);
    let named = known.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("Known: {named} and {more} more.") } else { format!("Known: {named}.") }
}

fn shown(text: &str) -> String {
    text.chars().take(40).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vocabulary {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Vocabulary {
            sources: names(&["noi", "eurac"]),
            groups: names(&["partners"]),
            languages: names(&["bg", "en"]),
        }
    }

    #[test]
    fn equal_questions_have_one_form() {
        for query in [
            "tag=AI&lang=en,bg&limit=5",
            "limit=5&lang=bg&lang=en&tag=ai",
            "tag=ai,AI&&lang=bg,en-GB&limit=5",
        ] {
            let question = Question::read(query, &known()).unwrap();
            assert_eq!(question.canonical(), "lang=bg&lang=en&tag=ai&limit=5", "{query}");
        }
        let question = Question::read("tag=умен град&since=2026-01-31", &known()).unwrap();
        assert_eq!(
            question.canonical(),
            "tag=%D1%83%D0%BC%D0%B5%D0%BD+%D0%B3%D1%80%D0%B0%D0%B4&since=2026-01-31T00%3A00%3A00Z"
        );
        assert_eq!(Question::read(&question.canonical(), &known()), Ok(question));
        assert!(Question::read("", &known()).unwrap().is_empty());
        assert!(Question::read("lang=&&tag=,", &known()).unwrap().is_empty());
        let words = Question::read("limit=5&q=умен град, София", &known()).unwrap();
        assert_eq!(words.filter.text.as_deref(), Some("умен град, София"));
        assert_eq!(Question::read(&words.canonical(), &known()), Ok(words));
    }

    #[test]
    fn what_is_not_known_is_answered_with_what_is() {
        let cases = [
            (
                "langg=bg",
                "“langg” is no filter. Known: lang, tag, source, group, kind, policy, since, q, limit.",
            ),
            (
                "utm_source",
                "“utm_source” is no filter. Known: lang, tag, source, group, kind, policy, since, q, limit.",
            ),
            ("source=nio", "“nio” is no value of “source” here. Known: noi, eurac."),
            ("group=x", "“x” is no value of “group” here. Known: partners."),
            ("lang=de", "“de” is no value of “lang” here. Known: bg, en."),
            ("lang=1", "“1” is no value of “lang”: expected a language such as bg."),
            ("limit=0", "“limit” is a number from 1 to 200."),
            ("limit=201", "“limit” is a number from 1 to 200."),
            ("limit=5&limit=6", "“limit” stands twice in the address."),
            ("since=2026-01-01,2026-01-02", "“since” stands twice in the address."),
            ("ui=en", "“ui” is no filter. Known: lang, tag, source, group, kind, policy, since, q, limit."),
            ("q=sofia&q=vienna", "“q” stands once in an address; several words go into one."),
            ("kind=feeds", "“feeds” is no value of “kind” here. Known: feed, local, page."),
        ];
        for (query, expected) in cases {
            assert_eq!(Question::read(query, &known()), Err(expected.to_owned()), "{query}");
        }
        assert!(Question::read("since=yesterday", &known()).unwrap_err().contains("2026-01-31"));
    }

    #[test]
    fn questions_are_bounded() {
        assert!(
            Question::read(&format!("tag={}", "a".repeat(2000)), &known())
                .unwrap_err()
                .contains("1024 bytes")
        );
        assert!(
            Question::read(&format!("tag={}", "a,".repeat(21)), &known()).unwrap_err().contains("20 values")
        );
        assert!(
            Question::read(&format!("tag={}", "a".repeat(101)), &known())
                .unwrap_err()
                .contains("100 characters")
        );
    }
}
