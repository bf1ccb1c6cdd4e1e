//! Grouping entries into stories: a whole archive at once, then one new entry at a time.

use anyhow::Context;
use serde::Serialize;

use super::{measure::Usage, serving};
use crate::{
    app::App,
    clock::Clock,
    model::{Changes, Entry, Fingerprint, Identity, SafeHtml, SortKey, Timestamp},
};

/// What grouping costs.
#[derive(Debug, Clone, Serialize)]
pub struct StoriesResult {
    /// Entries that were stored.
    pub entries: u64,
    /// Stories that were found in them.
    pub stories: usize,
    /// Wall seconds of grouping all of them.
    pub wall_seconds: f64,
    /// CPU seconds of the same, database included.
    pub cpu_seconds: f64,
    /// Milliseconds of one new entry behind them: median, 99th percentile, longest.
    pub new_entry_millis: [f64; 3],
}

/// New entries that are measured one by one.
const ONE_BY_ONE: u64 = 200;
/// One in so many reports what another source has reported.
const REPEATS: u64 = 10;
const SOURCES: u64 = 20;
const WORDS: [&str; 48] = [
    "клъстер",
    "иновация",
    "лаборатория",
    "община",
    "проект",
    "партньор",
    "програма",
    "предприятие",
    "данни",
    "транспорт",
    "въздух",
    "енергия",
    "училище",
    "университет",
    "изложба",
    "договор",
    "награда",
    "сграда",
    "мрежа",
    "здраве",
    "култура",
    "квартал",
    "столица",
    "регион",
    "cluster",
    "innovation",
    "laboratory",
    "council",
    "project",
    "partner",
    "programme",
    "company",
    "sensor",
    "mobility",
    "climate",
    "energy",
    "school",
    "university",
    "exhibition",
    "contract",
    "award",
    "building",
    "network",
    "health",
    "museum",
    "district",
    "capital",
    "region",
];

/// Measures with so many entries stored.
///
/// # Errors
/// Where the database cannot be made.
pub async fn run_stories(entries: u64) -> anyhow::Result<StoriesResult> {
    let folder = tempfile::tempdir()?;
    let app = serving::open(folder.path()).await?;
    let start = Clock::system().now() - chrono::TimeDelta::days(3_000);
    store(&app, 0..entries, start).await?;
    let usage = Usage::begin();
    let looked_at = app.stories().group_all().await?;
    let (wall, cpu, _) = usage.since();
    anyhow::ensure!(u64::try_from(looked_at)? == entries, "{looked_at} of {entries} entries were looked at");
    let stories = app.store().newest_stories(u32::MAX / 2).await?.len();
    let mut millis = Vec::new();
    for number in entries..entries + ONE_BY_ONE {
        store(&app, number..number + 1, start).await?;
        let begun = std::time::Instant::now();
        app.stories().group_all().await?;
        millis.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    app.store().close().await;
    millis.sort_by(f64::total_cmp);
    let at = |share: usize| millis.get(millis.len() * share / 100).copied().context("nothing was measured");
    let longest = millis.last().copied().unwrap_or_default();
    let new_entry_millis = [at(50)?, at(99)?, longest];
    Ok(StoriesResult { entries, stories, wall_seconds: wall, cpu_seconds: cpu, new_entry_millis })
}

/// Stores entries, each of the next source, up to a thousand a commit.
async fn store(app: &App, numbers: std::ops::Range<u64>, start: Timestamp) -> anyhow::Result<()> {
    let sources = app.store().sources().await?;
    let mut batches: Vec<Vec<(Entry, SortKey)>> = (0..SOURCES).map(|_| Vec::new()).collect();
    let last = numbers.end.saturating_sub(1);
    for number in numbers {
        let at = usize::try_from(number % SOURCES)?;
        let batch = batches.get_mut(at).context("no batch")?;
        batch.push(entry(number, start)?);
        if batch.len() < 1_000 && number != last {
            continue;
        }
        for (source, batch) in sources.iter().zip(&mut batches) {
            if !batch.is_empty() {
                let changes = Changes { new: std::mem::take(batch), ..Changes::default() };
                app.store().commit(serving::collected(source.id, start, changes)).await?;
            }
        }
    }
    Ok(())
}

/// The news of a number: a title and a text of its own, or those of the number before with small changes.
fn entry(number: u64, start: Timestamp) -> anyhow::Result<(Entry, SortKey)> {
    let repeats = number % REPEATS == 1;
    let news = if repeats { number - 1 } else { number };
    let mut random = fastrand::Rng::with_seed(news);
    let mut word = || WORDS.get(random.usize(..WORDS.len())).copied().unwrap_or_default();
    let title: Vec<&str> = (0..8).map(|_| word()).collect();
    let mut text: Vec<String> = (0..150).map(|_| word().to_owned()).collect();
    text.push(format!("{news}"));
    if repeats {
        text.splice(..1, ["портал".to_owned()]);
    }
    let id = format!("urn:bench:{number}");
    let identity = Identity::of([id.as_str()]);
    let at = start + chrono::TimeDelta::minutes(i64::try_from(news * 40)?);
    let entry = Entry {
        fingerprint: Fingerprint::of([id.as_str()]),
        publisher_id: Some(id.clone()),
        id_is_permalink: false,
        public_id: id,
        link: Some(format!("https://partner.example/{number}")),
        title: if repeats { "Съобщение".to_owned() } else { title.join(" ") },
        summary: None,
        content: Some(SafeHtml::sanitised(format!("<p>{}</p>", text.join(" ")))),
        authors: Vec::new(),
        tags: Vec::new(),
        attachments: Vec::new(),
        image: None,
        language: None,
        published: Some(at),
        updated: None,
        origin: None,
        rights: None,
        comments_url: None,
        identity: identity.clone(),
    };
    Ok((entry, SortKey::new(at, &identity)))
}
