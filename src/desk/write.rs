//! Writes a source as the file that declares it. What is as the defaults say is left out.

use serde::Serialize;

use crate::model::{Contract, Field, Language, PageRules, Polling, Retention, SourceKind, SourceSpec};

#[derive(Serialize)]
struct SourceFile<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    home: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timezone: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    polling: Option<PollingTable>,
}

#[derive(Serialize)]
struct PollingTable {
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cron: Option<String>,
}

/// The text of the file that declares this source, but for its rights, which an editor has to decide.
///
/// # Errors
/// Where a value cannot be written as TOML.
pub fn source_file(spec: &SourceSpec) -> Result<String, toml::ser::Error> {
    let mut text = toml::to_string(&SourceFile {
        kind: (spec.kind != SourceKind::Feed).then(|| spec.kind.name()),
        url: spec.url.clone().map(String::from),
        title: spec.title.as_deref(),
        home: spec.home.clone().map(String::from),
        language: spec.language.as_ref().map(Language::as_str),
        timezone: spec.zone.map(|zone| zone.name()),
        groups: spec.groups.iter().map(crate::model::Slug::as_str).collect(),
        tags: &spec.tags,
        enabled: (!spec.enabled).then_some(false),
        user_agent: spec.user_agent.as_deref(),
        polling: (spec.polling != Polling::default()).then(|| PollingTable {
            interval: spec.polling.interval.map(|interval| humantime::format_duration(interval).to_string()),
            cron: spec.polling.cron.as_ref().map(ToString::to_string),
        }),
    })?;
    if let Some(rules) = &spec.rules {
        text.push_str("\n[rules]\n");
        text.push_str(&rules_table(rules));
    }
    text.push_str(&contract_table(&spec.contract));
    text.push_str(&retention_table(spec.retention));
    Ok(text)
}

/// The keys of the table `rules`, one a line.
pub fn rules_table(rules: &PageRules) -> String {
    let mut lines = Lines::default();
    if rules.json {
        lines.put("json", "true".to_owned());
        lines.text("items", Some(rules.item.as_str()).filter(|path| !path.is_empty()));
    } else {
        lines.text("item", Some(&rules.item));
    }
    lines.text("base", rules.base.as_ref().map(|base| base.url().as_str()));
    lines.field("link", rules.link.as_ref());
    lines.field("title", rules.title.as_ref());
    lines.field("date", rules.date.as_ref());
    lines.text("date_format", rules.date_format.as_deref());
    lines.text("date_language", rules.date_language.as_ref().map(Language::as_str));
    lines.text("timezone", rules.zone.map(|zone| zone.name()));
    lines.field("summary", rules.summary.as_ref());
    lines.field("image", rules.image.as_ref());
    lines.field("author", rules.author.as_ref());
    lines.field("tags", rules.tags.as_ref());
    lines.field("next", rules.next.as_ref());
    if let Some(pages) = rules.pages {
        lines.put("pages", pages.to_string());
    }
    if !rules.on_article.is_empty() {
        let fields = rules.on_article.named().into_iter();
        let fields = fields.filter_map(|(key, field)| Some(format!("{key} = {}", written(field?))));
        lines.put("article", format!("{{ {} }}", fields.collect::<Vec<_>>().join(", ")));
    } else if rules.article {
        lines.put("article", "true".to_owned());
    }
    lines.text("content", rules.content.as_deref());
    if !rules.remove.is_empty() {
        lines.put("remove", list(rules.remove.iter().map(String::as_str)));
    }
    lines.0
}

fn retention_table(retention: Retention) -> String {
    if retention.keeps_all() {
        return String::new();
    }
    let mut lines = Lines("\n[retention]\n".to_owned());
    if let Some(age) = retention.age {
        lines.text("age", Some(&humantime::format_duration(age).to_string()));
    }
    if let Some(entries) = retention.entries {
        lines.put("entries", entries.to_string());
    }
    lines.0
}

fn contract_table(contract: &Contract) -> String {
    if contract.is_empty() {
        return String::new();
    }
    let mut lines = Lines("\n[contract]\n".to_owned());
    if let Some(min_items) = contract.min_items {
        lines.put("min_items", min_items.to_string());
    }
    if !contract.required.is_empty() {
        lines.put("required", list(contract.required.iter().map(|field| field.name())));
    }
    if let Some(cadence) = contract.cadence {
        lines.text("cadence", Some(&humantime::format_duration(cadence).to_string()));
    }
    lines.0
}

/// Lines of a table. By hand, as the library would make a table of its own of every field.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn put(&mut self, key: &str, value: String) {
        self.0.push_str(&format!("{key} = {value}\n"));
    }

    fn text(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.put(key, quoted(value));
        }
    }

    fn field(&mut self, key: &str, field: Option<&Field>) {
        if let Some(field) = field {
            self.put(key, written(field));
        }
    }
}

/// A selector alone, or a table.
fn written(field: &Field) -> String {
    if field.attribute.is_none() && field.pattern.is_none() {
        return quoted(&field.select);
    }
    let parts = [
        ("select", Some(&field.select).filter(|select| !select.is_empty())),
        ("attribute", field.attribute.as_ref()),
        ("pattern", field.pattern.as_ref()),
    ];
    let parts = parts.iter().filter_map(|(key, value)| Some(format!("{key} = {}", quoted((*value)?))));
    format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", texts.map(quoted).collect::<Vec<_>>().join(", "))
}
