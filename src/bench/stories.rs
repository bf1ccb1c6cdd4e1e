//! Grouping entries into stories: a whole archive at once, then one new entry at a time.

use anyhow::Context;
use serde::Serialize;

use super::{measure::Usage, serving};
use crate::{
    app::App,
    clock::Clock,
    model::{Changes, Entry, SortKey, Timestamp},
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
    /// CPU milliseconds of the same.
    pub new_entry_cpu_millis: [f64; 3],
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
    let (mut millis, mut cpu_millis) = (Vec::new(), Vec::new());
    for number in entries..entries + ONE_BY_ONE {
        store(&app, number..number + 1, start).await?;
        let usage = Usage::begin();
        app.stories().group_all().await?;
        let (wall, cpu, _) = usage.since();
        millis.push(wall * 1e3);
        cpu_millis.push(cpu * 1e3);
    }
    app.store().close().await;
    Ok(StoriesResult {
        entries,
        stories,
        wall_seconds: wall,
        cpu_seconds: cpu,
        new_entry_millis: spread(millis)?,
        new_entry_cpu_millis: spread(cpu_millis)?,
    })
}

/// The median, the 99th percentile and the greatest.
fn spread(mut values: Vec<f64>) -> anyhow::Result<[f64; 3]> {
    values.sort_by(f64::total_cmp);
    let at = |share: usize| values.get(values.len() * share / 100).copied().context("nothing was measured");
    Ok([at(50)?, at(99)?, values.last().copied().unwrap_or_default()])
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
    let at = start + chrono::TimeDelta::minutes(i64::try_from(news * 40)?);
    let title = if repeats { "Съобщение".to_owned() } else { title.join(" ") };
    Ok(serving::made(number, at, title, format!("<p>{}</p>", text.join(" "))))
}
