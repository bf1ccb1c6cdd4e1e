//! Against feedparser, the reference of the field: the core values of every document must be the same.
//! `VESTNIK_TEST_PYTHON` names a Python with feedparser, as tests/all.sh installs it, and `VESTNIK_TEST_FEEDS` a folder of
//! documents from elsewhere to compare as well.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use vestnik::model::{ParsedEntry, ParsedFeed, Person, Text, Timestamp};

use super::{fixtures, wild};

/// Documents that are read in another way, and why.
const DIFFERENT: &str = include_str!("../fixtures/reading/differences.txt");

/// The kinds of a difference.
const WRONG: &str = "feedparser is wrong: ";
const CHOSEN: &str = "our choice: ";

fn moment(moment: Option<Timestamp>) -> Value {
    moment.map_or(Value::Null, |moment| json!(moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()))
}

fn value(text: Option<&Text>) -> Value {
    text.map_or(Value::Null, |text| json!(text.value))
}

fn people(people: &[Person]) -> Value {
    let names: BTreeSet<_> = people.iter().filter_map(|p| p.name.as_ref().or(p.email.as_ref())).collect();
    json!(names)
}

fn entry(entry: &ParsedEntry) -> Value {
    let tags: BTreeSet<_> = entry.categories.iter().map(|category| &category.term).collect();
    let attached: BTreeSet<_> = entry.attachments.iter().map(|attachment| &attachment.url).collect();
    json!({
        "id": entry.id, "title": value(entry.title.as_ref()), "link": entry.link(),
        "summary": value(entry.summary.as_ref()), "content": value(entry.content.as_ref()),
        "author": people(&entry.authors),
        "published": moment(entry.published.or(entry.updated)), "updated": moment(entry.updated.or(entry.published)),
        "categories": tags, "attached": attached,
    })
}

fn ours(feed: &ParsedFeed) -> Value {
    json!({
        "feed": {
            "title": value(feed.title.as_ref()), "link": feed.home(), "description": value(feed.description.as_ref()),
            "updated": moment(feed.updated.or(feed.published)), "language": feed.language,
        },
        "entries": feed.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

/// The words that a reader sees: both sides spell markup in their own way, and feedparser sanitises.
fn words(text: &str) -> String {
    let mut text = text.to_owned();
    // What was escaped twice is so on both sides.
    for _ in 0..2 {
        let fragment = scraper::Html::parse_fragment(&text);
        text = fragment.root_element().text().collect::<Vec<_>>().join(" ");
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(" .", ".").replace(" ,", ",")
}

fn normal(field: &str, value: &Value) -> Value {
    match (field, value) {
        ("title" | "description" | "summary" | "content", Value::String(text)) => {
            let words = words(text);
            if words.is_empty() { Value::Null } else { json!(words) }
        }
        (_, Value::String(text)) if text.trim().is_empty() => Value::Null,
        ("language", Value::String(text)) => json!(text.trim().to_lowercase().replace('_', "-")),
        ("link" | "id", Value::String(text)) => json!(text.trim().trim_end_matches('/')),
        ("attached" | "categories", Value::Array(list)) => {
            json!(list.iter().map(|one| one.as_str().unwrap().trim()).collect::<BTreeSet<_>>())
        }
        _ => value.clone(),
    }
}

/// The two shapes brought together: enclosures and media are one list here, and feedparser repeats a content as summary.
fn normalised(mut read: Value) -> Value {
    for entry in read["entries"].as_array_mut().unwrap() {
        let entry = entry.as_object_mut().unwrap();
        if let Some(media) = entry.remove("media") {
            let enclosures = entry.remove("enclosures").unwrap_or_default();
            let all: BTreeSet<String> = [media, enclosures]
                .iter()
                .flat_map(|list| list.as_array().unwrap())
                .map(|url| url.as_str().unwrap().to_owned())
                .collect();
            entry.insert("attached".to_owned(), json!(all));
        }
        for (field, value) in entry.iter_mut() {
            *value = normal(field, value);
        }
        if entry["summary"] == entry["content"] {
            entry.insert("summary".to_owned(), Value::Null);
        }
        if entry["summary"].is_null() {
            let content = entry.insert("content".to_owned(), Value::Null);
            entry.insert("summary".to_owned(), content.unwrap_or_default());
        }
    }
    for (field, value) in read["feed"].as_object_mut().unwrap() {
        *value = normal(field, value);
    }
    read
}

#[derive(Default)]
struct Agreement {
    fields: BTreeMap<String, (usize, usize)>,
}

impl Agreement {
    /// The fields that differ.
    fn compare(&mut self, ours: &Value, theirs: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut pairs = vec![("feed".to_owned(), &ours["feed"], &theirs["feed"])];
        let (mine, other) = (ours["entries"].as_array().unwrap(), theirs["entries"].as_array().unwrap());
        if mine.len() != other.len() {
            wrong.push(format!("{} entries for {}", mine.len(), other.len()));
        }
        pairs.extend(mine.iter().zip(other).map(|(a, b)| ("entry".to_owned(), a, b)));
        for (part, mine, other) in pairs {
            for (field, expected) in other.as_object().unwrap() {
                let got = &mine[field];
                let count = self.fields.entry(format!("{part} {field}")).or_default();
                count.1 += 1;
                if got == expected {
                    count.0 += 1;
                } else {
                    wrong.push(format!("{part} {field}: {got} for {expected}"));
                }
            }
        }
        wrong
    }
}

fn feedparser(documents: &[PathBuf]) -> Option<Vec<Value>> {
    let python = std::env::var_os("VESTNIK_TEST_PYTHON").map_or_else(|| "python3".into(), PathBuf::from);
    let available = Command::new(&python).args(["-c", "import feedparser"]).stderr(Stdio::null()).status();
    if !available.is_ok_and(|status| status.success()) {
        let all = std::env::var_os("VESTNIK_TEST_ALL").is_some();
        assert!(!all, "no Python with feedparser: set VESTNIK_TEST_PYTHON, or run tests/all.sh");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reading/read_with_feedparser.py");
    let mut child =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let names: Vec<_> = documents.iter().map(|path| path.to_str().unwrap()).collect();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(names.join("\n").as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

/// What is left of the documents, by the kind of their difference.
#[derive(Default)]
struct Outcome<'a> {
    documents: usize,
    equal: usize,
    /// What both refuse.
    feedless: usize,
    /// Known to differ, by kind.
    known: BTreeMap<&'a str, usize>,
    /// Known to differ, and read alike.
    stale: Vec<String>,
    /// Not known to differ.
    unknown: Vec<String>,
}

#[expect(clippy::print_stdout, reason = "who runs it reads it")]
impl<'a> Outcome<'a> {
    /// Compares what both made of the documents; nothing where there is no feedparser. `list` tells the known differences.
    fn of(documents: &[PathBuf], list: &'a str, agreement: &mut Agreement) -> Option<Self> {
        let mut known = known_differences(list);
        let mut outcome = Self { documents: documents.len(), ..Self::default() };
        for (path, theirs) in documents.iter().zip(feedparser(documents)?) {
            let name = path.file_name().unwrap().to_str().unwrap();
            let kind = known.remove(name);
            if let Some(error) = theirs.get("error") {
                println!("feedparser fails at {name}: {error}");
                continue;
            }
            if is_nothing(&theirs) && fixtures::read(path).is_err() {
                outcome.feedless += 1;
                continue;
            }
            let wrong = compare(path, theirs, agreement);
            match (kind, wrong.is_empty()) {
                (None, true) => outcome.equal += 1,
                (None, false) => outcome.unknown.push(format!("{name}\n  {}", wrong.join("\n  "))),
                (Some(_), true) => outcome.stale.push(name.to_owned()),
                (Some(kind), false) => *outcome.known.entry(kind).or_default() += 1,
            }
        }
        outcome.stale.extend(known.into_keys().map(str::to_owned));
        Some(outcome)
    }

    fn print(&self, agreement: &Agreement) {
        println!(
            "{} documents: {} equal, {} no feed to both, {} that feedparser reads wrong, {} by our choice, {} unexplained: \
             {:.2} % agreement",
            self.documents,
            self.equal,
            self.feedless,
            self.of_kind(WRONG),
            self.of_kind(CHOSEN),
            self.unknown.len(),
            self.agreement()
        );
        self.known.iter().for_each(|(kind, count)| println!("{count:>5}  {kind}"));
        println!("By field, with those that differ:");
        for (field, (equal, all)) in &agreement.fields {
            println!("{field:<20} {equal:>5} of {all:>5}");
        }
    }

    /// Documents that are known to differ, of the kinds that begin so.
    fn of_kind(&self, kind: &str) -> usize {
        self.known.iter().filter(|(one, _)| one.starts_with(kind)).map(|(_, count)| count).sum()
    }

    /// Documents read alike among those that feedparser does not read wrong, in percent.
    fn agreement(&self) -> f64 {
        let differing = self.unknown.len() + self.of_kind(CHOSEN);
        #[expect(clippy::cast_precision_loss, reason = "some thousand documents")]
        let share = |part: usize, all: usize| 100.0 * part as f64 / all as f64;
        share(self.equal, self.equal + differing)
    }
}

/// Each document that is known to differ, and its kind: `feedparser is wrong: …` or `our choice: …`.
fn known_differences(list: &str) -> BTreeMap<&str, &str> {
    let mut kind = "";
    let mut known = BTreeMap::new();
    for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with(' ') {
            for name in line.split_whitespace() {
                assert!(known.insert(name, kind).is_none(), "{name} differs twice");
            }
        } else {
            assert!(line.starts_with(WRONG) || line.starts_with(CHOSEN), "of which kind is {line}?");
            kind = line;
        }
    }
    known
}

fn compare(path: &Path, theirs: Value, agreement: &mut Agreement) -> Vec<String> {
    match fixtures::read(path) {
        Ok(feed) => agreement.compare(&normalised(ours(&feed)), &normalised(theirs)),
        Err(error) => vec![error.to_string()],
    }
}

/// What both say nothing of: no title, no entries, nothing.
fn is_nothing(theirs: &Value) -> bool {
    theirs["entries"] == json!([]) && theirs["feed"].as_object().unwrap().values().all(Value::is_null)
}

/// The fixtures, and the wild documents written to a folder.
fn collection(folder: &Path) -> Vec<PathBuf> {
    let mut documents: Vec<PathBuf> = fixtures::documents();
    documents.retain(|path| path.extension().is_some_and(|kind| kind == "xml"));
    for wild in wild::documents() {
        let path = folder.join(format!("{}.xml", wild.name));
        fs::write(&path, wild.body).unwrap();
        if wild.hints.as_object().is_some_and(|hints| !hints.is_empty()) {
            fs::write(path.with_extension("hints.json"), wild.hints.to_string()).unwrap();
        }
        documents.push(path);
    }
    documents
}

#[test]
fn core_values_are_those_of_feedparser() {
    let made = tempfile::tempdir().unwrap();
    // Kept where they can be looked at, if somebody wants to.
    let folder = std::env::var_os("VESTNIK_WRITE_WILD").map_or_else(|| made.path().to_owned(), PathBuf::from);
    let mut agreement = Agreement::default();
    let Some(outcome) = Outcome::of(&collection(&folder), DIFFERENT, &mut agreement) else {
        eprintln!("SKIPPED: no Python with feedparser; see tests/all.sh");
        return;
    };
    outcome.print(&agreement);
    let Outcome { unknown, stale, .. } = &outcome;
    assert!(
        unknown.is_empty(),
        "{} documents differ for no known reason:\n{}",
        unknown.len(),
        unknown.join("\n")
    );
    assert!(stale.is_empty(), "these differ no more: take them out of differences.txt: {stale:?}");
    let share = outcome.agreement();
    assert!(share >= 98.0, "{share:.2} % of the documents that feedparser reads right are read alike");
}

/// The documents of a folder that is no part of the project, with hints beside them as our own, and the known differences
/// in its `differences.txt`.
#[test]
fn core_values_of_a_collection_elsewhere_are_those_of_feedparser() {
    let Some(folder) = std::env::var_os("VESTNIK_TEST_FEEDS").map(PathBuf::from) else { return };
    let list = fs::read_to_string(folder.join("differences.txt")).unwrap_or_default();
    let mut documents: Vec<PathBuf> =
        fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    documents.retain(|path| path.extension().is_some_and(|kind| kind == "xml"));
    documents.sort();
    let mut agreement = Agreement::default();
    let outcome = Outcome::of(&documents, &list, &mut agreement).expect("a Python with feedparser");
    outcome.unknown.iter().for_each(|difference| println!("{difference}"));
    outcome.print(&agreement);
    let share = outcome.agreement();
    assert!(share >= 98.0, "{share:.2} % of the documents that feedparser reads right are read alike");
}
