//! Channels: one file each under `channels/`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{
    Reading, Taken,
    files::{files_in, relative},
    source::{Names, slug, stand_in},
};
use crate::{
    config::{Fault, FromNode, Moment, Node, Reader, Spot, Value, nearest, text_of},
    model::{Channel, Filter, Language, Order, Slug, Texts, Window},
    search::Query,
};

pub(super) fn load(reading: &Reading<'_>, names: &Names) -> Vec<Channel> {
    let mut taken = Taken::default();
    let files = files_in(&reading.dir.join("channels"), "toml");
    let mut channels: Vec<_> =
        files.iter().filter_map(|path| load_file(path, reading, names, &mut taken)).collect();
    channels.sort_by(|a, b| a.slug.cmp(&b.slug));
    drop_taken_names(&mut channels, reading);
    channels
}

/// An old name that a channel has now leads to that channel and nowhere else.
fn drop_taken_names(channels: &mut [Channel], reading: &Reading<'_>) {
    let slugs: BTreeSet<Slug> = channels.iter().map(|channel| channel.slug.clone()).collect();
    let mut led: BTreeSet<Slug> = BTreeSet::new();
    for channel in channels {
        let file = channel.declared_in.clone().unwrap_or_default();
        channel.former.retain(|former| {
            let problem = if slugs.contains(former) {
                format!("“{former}” is the name of a channel that there is")
            } else if !led.insert(former.clone()) {
                format!("another channel was called “{former}” too: an address leads to one place")
            } else {
                return true;
            };
            let file = reading.dir.join(&file).display().to_string();
            reading.faults.push(Fault { file, line: None, key: "former".to_owned(), problem });
            false
        });
    }
}

fn load_file(path: &Path, reading: &Reading<'_>, names: &Names, taken: &mut Taken) -> Option<Channel> {
    let file = path.display().to_string();
    let text = text_of(path).map_err(|fault| reading.faults.push(fault)).ok()?;
    let before = reading.faults.len();
    let root = Node::from_toml(&file, &text, 1, reading.faults)?;
    let mut reader = Reader::new(&file, &root, reading.faults)?;
    let slug = slug(path, &mut reader);
    if let Some(slug) = &slug
        && let Err(problem) = taken.take(slug, &file)
    {
        reader.fault("id", problem);
    }
    let channel = slug.or_else(stand_in).map(|slug| channel(slug, &mut reader, reading));
    reader.finish();
    let sound = reading.faults.len() == before;
    let channel = channel.filter(|_| sound)?;
    // After the count: a channel that asks for unknown things is reported, and stays.
    if let Some(mut reader) = Reader::new(&file, &root, reading.faults) {
        check_names(&mut reader, &channel.filter, names);
    }
    Some(Channel { declared_in: Some(relative(reading.dir, path)), ..channel })
}

fn channel(slug: Slug, reader: &mut Reader<'_>, reading: &Reading<'_>) -> Channel {
    let language: Option<Language> = reader.optional("language");
    let own = language.as_ref().unwrap_or(&reading.settings.site.language);
    let before = reading.faults.len();
    let titles = reader.spot("title").map(|spot| texts(&spot, own));
    // Not for a title that is there and faulty: that was said.
    if titles.as_ref().is_none_or(BTreeMap::is_empty) && reading.faults.len() == before {
        reader.fault("title", "is missing: expected a text, or a table with a text for each language");
    }
    let descriptions = reader.spot("description").map(|spot| texts(&spot, own));
    Channel {
        slug,
        titles: titles.unwrap_or_default(),
        descriptions: descriptions.unwrap_or_default(),
        language,
        filter: reader.table("filter").map(filter).unwrap_or_default(),
        window: window(reader, reading),
        stories: reader.or("stories", false),
        order: reader.or("order", Order::Newest),
        texts: reader.table("texts").map(channel_texts).unwrap_or_default(),
        licence: reader.optional("licence"),
        former: reader.list("former"),
        query: String::new(),
        declared_in: None,
    }
}

/// A text in the channel's own language, or a table of languages.
fn texts(spot: &Spot<'_>, own: &Language) -> BTreeMap<Language, String> {
    let mut texts = BTreeMap::new();
    match spot.value() {
        Value::Text(_) => {
            texts.extend(spot.read::<String>().map(|text| (own.clone(), text)));
        }
        Value::Table(_) => {
            for (name, text) in spot.table().map(Reader::entries).unwrap_or_default() {
                match name.parse::<Language>() {
                    Ok(language) => texts.extend(text.read::<String>().map(|text| (language, text))),
                    Err(error) => text.fault(error.to_string()),
                }
            }
        }
        _ => spot.expected("a text, or a table with a text for each language"),
    }
    texts.retain(|_, text| !text.trim().is_empty());
    texts
}

fn filter(mut table: Reader<'_>) -> Filter {
    let filter = Filter {
        sources: table.list("sources"),
        groups: table.list("groups"),
        kinds: table.list("kinds"),
        tags: table.list("tags"),
        languages: table.list("languages"),
        policies: table.list("policies"),
        and_tags: Vec::new(),
        since: table.optional::<Moment>("since").map(|since| since.0),
        text: table.optional::<Words>("text").map(|Words(text)| text),
    };
    table.finish();
    filter
}

/// Words to search for, in the language of the search page.
struct Words(String);

impl FromNode for Words {
    fn expected() -> String {
        "words to search for, as in “иновации -енергия”".to_owned()
    }

    fn from_node(spot: &Spot<'_>) -> Option<Self> {
        let text: String = spot.read()?;
        match Query::parse(&text) {
            Ok(_) => Some(Words(text)),
            Err(error) => {
                spot.fault(error.to_string());
                None
            }
        }
    }
}

fn channel_texts(mut table: Reader<'_>) -> Texts {
    let default = Texts::default();
    let texts = Texts {
        text: table.or("text", default.text),
        excerpt_length: table.between("excerpt_length", 20..=2000).unwrap_or(default.excerpt_length),
        images: table.or("images", default.images),
    };
    table.finish();
    texts
}

fn window(reader: &mut Reader<'_>, reading: &Reading<'_>) -> Window {
    let default = Window { entries: reading.settings.publish.window, days: None };
    let Some(mut table) = reader.table("window") else { return default };
    let entries = table.between("entries", 1..=1000).unwrap_or(default.entries);
    let window = Window { entries, days: table.between("days", 1..=36_500) };
    table.finish();
    window
}

fn check_names(reader: &mut Reader<'_>, filter: &Filter, names: &Names) {
    if names.incomplete {
        return;
    }
    let Some(mut table) = reader.table("filter") else { return };
    let lists = [
        ("sources", "source", &filter.sources, &names.sources),
        ("groups", "group", &filter.groups, &names.groups),
    ];
    for (key, what, wanted, known) in lists {
        let spots = table.spot(key).and_then(|spot| spot.items()).unwrap_or_default();
        for (slug, spot) in wanted.iter().zip(spots).filter(|(slug, _)| !known.contains(*slug)) {
            let near = nearest(slug.as_str(), known.iter().map(Slug::as_str));
            let hint = near.map_or(String::new(), |near| format!("; did you mean “{near}”?"));
            spot.fault(format!("there is no {what} “{slug}”{hint}"));
        }
    }
}
