//! Entries as an editor sees them, and what changed between two readings of the same page.

use serde::{Deserialize, Serialize};

use crate::model::{ParsedEntry, Timestamp};

/// What rules found of one entry. Fields that were not found are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// The title.
    pub title: String,
    /// The absolute address.
    pub link: String,
    /// The date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Timestamp>,
    /// The summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The picture's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The first author's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The text of the article, as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

impl From<&ParsedEntry> for Shown {
    fn from(entry: &ParsedEntry) -> Self {
        let text = |text: &Option<crate::model::Text>| text.as_ref().map(|text| text.value.clone());
        Shown {
            title: text(&entry.title).unwrap_or_default(),
            link: entry.link().unwrap_or_default().to_owned(),
            date: entry.published.or(entry.updated),
            summary: text(&entry.summary),
            image: entry.image.clone(),
            author: entry.authors.first().and_then(|author| author.name.clone()),
            tags: entry.categories.iter().map(|tag| tag.term.clone()).collect(),
            content: text(&entry.content),
        }
    }
}

/// One difference between two readings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Difference {
    /// An entry that was not found before.
    Added {
        /// Its address.
        link: String,
        /// Its title.
        title: String,
    },
    /// An entry that is not found any more.
    Lost {
        /// Its address.
        link: String,
        /// Its title.
        title: String,
    },
    /// A field with another value.
    Changed {
        /// The entry's address.
        link: String,
        /// Which field.
        field: &'static str,
        /// What it was; None where it was not found.
        before: Option<String>,
        /// What it is; None where it is not found.
        after: Option<String>,
    },
    /// The same entries in another order.
    Moved,
}

/// What changed between two readings: entries are the same where their links are.
pub fn differences(before: &[Shown], after: &[Shown]) -> Vec<Difference> {
    let find = |entries: &[Shown], link: &str| entries.iter().find(|entry| entry.link == link).cloned();
    let named = |entry: &Shown| (entry.link.clone(), entry.title.clone());
    let mut found = Vec::new();
    for old in before {
        match find(after, &old.link) {
            None => {
                let (link, title) = named(old);
                found.push(Difference::Lost { link, title });
            }
            Some(new) => found.extend(changed_fields(old, &new)),
        }
    }
    for new in after.iter().filter(|new| find(before, &new.link).is_none()) {
        let (link, title) = named(new);
        found.push(Difference::Added { link, title });
    }
    let in_order = |entries: &[Shown], others: &[Shown]| -> Vec<String> {
        let both = entries.iter().filter(|entry| others.iter().any(|other| other.link == entry.link));
        both.map(|entry| entry.link.clone()).collect()
    };
    if in_order(before, after) != in_order(after, before) {
        found.push(Difference::Moved);
    }
    found
}

fn changed_fields(old: &Shown, new: &Shown) -> Vec<Difference> {
    let some = |text: &str| Some(text.to_owned());
    let date = |entry: &Shown| entry.date.map(|date| date.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    let tags = |entry: &Shown| Some(entry.tags.join(", ")).filter(|tags| !tags.is_empty());
    let fields = [
        ("title", some(&old.title), some(&new.title)),
        ("date", date(old), date(new)),
        ("summary", old.summary.clone(), new.summary.clone()),
        ("image", old.image.clone(), new.image.clone()),
        ("author", old.author.clone(), new.author.clone()),
        ("tags", tags(old), tags(new)),
        ("content", old.content.clone(), new.content.clone()),
    ];
    let changed = fields.into_iter().filter(|(_, before, after)| before != after);
    let link = &old.link;
    changed
        .map(|(field, before, after)| Difference::Changed { link: link.clone(), field, before, after })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(link: &str, title: &str, summary: Option<&str>) -> Shown {
        let (link, title) = (link.to_owned(), title.to_owned());
        Shown { link, title, summary: summary.map(str::to_owned), ..Shown::default() }
    }

    #[test]
    fn equal_readings_have_no_differences() {
        let entries = [shown("/1", "a", None), shown("/2", "b", Some("s"))];
        assert_eq!(differences(&entries, &entries), []);
    }

    #[test]
    fn what_is_lost_added_changed_and_moved_is_told() {
        let before = [shown("/1", "a", Some("s")), shown("/2", "b", None), shown("/3", "c", None)];
        let after = [shown("/3", "c", None), shown("/1", "a", None), shown("/4", "d", None)];
        let (link, text) = (|l: &str| l.to_owned(), |t: &str| Some(t.to_owned()));
        assert_eq!(
            differences(&before, &after),
            [
                Difference::Changed { link: link("/1"), field: "summary", before: text("s"), after: None },
                Difference::Lost { link: link("/2"), title: link("b") },
                Difference::Added { link: link("/4"), title: link("d") },
                Difference::Moved,
            ]
        );
    }
}
