//! Writes a source as the file that declares it. What is as the defaults say is left out.

use serde::Serialize;

use crate::model::{Field, PageRules, SourceKind, SourceSpec};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<RulesTable<'a>>,
}

#[derive(Serialize)]
struct PollingTable {
    interval: String,
}

#[derive(Serialize)]
struct RulesTable<'a> {
    item: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_format: Option<&'a str>,
    #[serde(flatten)]
    fields: std::collections::BTreeMap<&'static str, FieldTable<'a>>,
}

#[derive(Serialize)]
struct FieldTable<'a> {
    select: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<&'a str>,
}

/// The text of the file that declares this source, but for its rights, which an editor has to decide.
///
/// # Errors
/// Where a value cannot be written as TOML.
pub fn source_file(spec: &SourceSpec) -> Result<String, toml::ser::Error> {
    toml::to_string(&SourceFile {
        kind: (spec.kind != SourceKind::Feed).then(|| spec.kind.name()),
        url: spec.url.clone().map(String::from),
        title: spec.title.as_deref(),
        home: spec.home.clone().map(String::from),
        language: spec.language.as_ref().map(crate::model::Language::as_str),
        timezone: spec.zone.map(|zone| zone.name()),
        groups: spec.groups.iter().map(crate::model::Slug::as_str).collect(),
        tags: &spec.tags,
        enabled: (!spec.enabled).then_some(false),
        user_agent: spec.user_agent.as_deref(),
        polling: spec
            .polling
            .interval
            .map(|interval| PollingTable { interval: humantime::format_duration(interval).to_string() }),
        rules: spec.rules.as_ref().map(rules_table),
    })
}

fn rules_table(rules: &PageRules) -> RulesTable<'_> {
    let fields = [
        ("link", &rules.link),
        ("title", &rules.title),
        ("date", &rules.date),
        ("summary", &rules.summary),
        ("image", &rules.image),
        ("author", &rules.author),
        ("tags", &rules.tags),
    ];
    let fields =
        fields.into_iter().filter_map(|(key, field)| Some((key, field_table(field.as_ref()?)))).collect();
    RulesTable { item: &rules.item, date_format: rules.date_format.as_deref(), fields }
}

fn field_table(field: &Field) -> FieldTable<'_> {
    FieldTable {
        select: &field.select,
        attribute: field.attribute.as_deref(),
        pattern: field.pattern.as_deref(),
    }
}
