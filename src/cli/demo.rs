//! `vestnik demo`: the real daemon on a temporary database, collecting from partner sites on loopback.

use std::{fs, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Common, Ended, out, serve::stop_signal};
use crate::{
    app::{Access, App, Strictness},
    clock::Clock,
    config::Settings,
    demo::{Failure, Partners},
    desk, telemetry,
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Seconds between new items
    #[arg(long, default_value_t = 6, value_name = "SECONDS")]
    every: u64,
    /// Stop after so many seconds [runs until it is interrupted]
    #[arg(long, value_name = "SECONDS")]
    stop_after: Option<u64>,
}

/// Which partner breaks, after how many items, and after how many more it recovers.
const BREAKS: (&str, u64, u64) = ("demo-park", 3, 3);

const CHANNELS: &[(&str, &str)] = &[
    ("all", include_str!("../../feeds/channels/all.toml")),
    ("local", include_str!("../../feeds/channels/local.toml")),
    ("city", include_str!("../../feeds/channels/city.toml")),
    ("bg", include_str!("../../feeds/channels/bg.toml")),
    ("en", include_str!("../../feeds/channels/en.toml")),
    (
        "partners",
        "[title]\nbg = \"Новини от партньорите\"\nen = \"News of the partners\"\n\n[filter]\ngroups = [\"partners\"]\n",
    ),
];

const POSTS: &[(&str, &str)] = &[
    ("digital-cities-challenge.md", include_str!("../../feeds/posts/2018/digital-cities-challenge.md")),
    ("digital-cities-challenge.bg.md", include_str!("../../feeds/posts/2018/digital-cities-challenge.bg.md")),
    ("new-proposals-from-members.md", include_str!("../../feeds/posts/2018/new-proposals-from-members.md")),
    ("work-meetings-italy.md", include_str!("../../feeds/posts/2018/work-meetings-italy.md")),
];

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    let clock = Clock::system();
    let partners = Arc::new(Partners::start(&clock).await.context("starting the partner sites")?);
    let folder = tempfile::tempdir().context("making a temporary folder")?;
    write_desk(folder.path(), &partners)?;
    let settings = settings(&common, folder.path())?;
    telemetry::start_logging("warn,vestnik::schedule=info", false);
    telemetry::metrics().context("setting the metrics up")?;
    let address = settings.server.listen;
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("listening on {address}; another program may have the port: choose one with --listen")
    })?;
    let address = listener.local_addr()?;
    let app = Arc::new(App::open(settings, clock, Strictness::Strict, Access::Alone).await?);
    welcome(address, &partners)?;
    let stop = stop_signal()?;
    let story = tokio::spawn(tell(Arc::clone(&partners), arguments, stop.clone()));
    app.serve(listener, stop).await?;
    story.await.context("the demonstration broke off")??;
    Ok(Ended::Well)
}

/// The flags and the environment count, the settings file does not: the demonstration leaves nothing behind.
fn settings(common: &Common, folder: &Path) -> anyhow::Result<Settings> {
    let path = |name: &str| folder.join(name).display().to_string();
    let listen = common.listen.clone().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let variables = [
        ("SITE__URL", format!("http://{listen}/")),
        ("SITE__DESCRIPTION", "Демонстрация: партньорите са на тази машина".to_owned()),
        ("SERVER__LISTEN", listen),
        ("STORAGE__DATA", path("data")),
        ("FEEDS__DIRECTORY", path("feeds")),
        ("COLLECT__ALLOW_NETWORKS", "127.0.0.0/8".to_owned()),
        ("COLLECT__MIN_INTERVAL", "1s".to_owned()),
    ];
    let variables = variables.into_iter().map(|(name, value)| (format!("VESTNIK_{name}"), value));
    Settings::load(None, variables).map_err(|faults| super::BadSettings(faults).into())
}

/// The feeds folder of the demonstration: the partners as declared sources, the shipped channels and posts.
fn write_desk(folder: &Path, partners: &Partners) -> anyhow::Result<()> {
    let write = |path: &str, text: &str| -> anyhow::Result<()> {
        let file = folder.join("feeds").join(path);
        fs::create_dir_all(file.parent().unwrap_or(folder))?;
        fs::write(&file, text).with_context(|| format!("writing {}", file.display()))
    };
    for spec in partners.specs() {
        write(&format!("sources/{}.toml", spec.slug), &desk::source_file(&spec)?)?;
    }
    for (slug, text) in CHANNELS {
        write(&format!("channels/{slug}.toml"), text)?;
    }
    for (name, text) in POSTS {
        write(&format!("posts/{name}"), text)?;
    }
    Ok(())
}

fn welcome(address: std::net::SocketAddr, partners: &Partners) -> anyhow::Result<()> {
    out::line("Six partner sites run on this machine:\n")?;
    let rows = partners.iter().map(|partner| {
        let spec = partner.spec();
        vec![
            spec.slug.to_string(),
            spec.kind.name().to_owned(),
            spec.title.clone().unwrap_or_default(),
            spec.url.as_ref().map(ToString::to_string).unwrap_or_default(),
        ]
    });
    out::table(&["source", "kind", "title", "address"], rows.collect(), &[])?;
    out::line(&format!(
        "\nVestnik collects from them every few seconds. Open http://{address}/ and http://{address}/sources,\n\
         or subscribe to http://{address}/feeds/all.atom (.rss, .json). Ctrl+C ends it; nothing is left behind.\n"
    ))?;
    Ok(())
}

/// New items appear in turn; one partner breaks and recovers.
async fn tell(partners: Arc<Partners>, arguments: Arguments, stop: CancellationToken) -> anyhow::Result<()> {
    let begun = tokio::time::Instant::now();
    let mut count = 0;
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(arguments.every.max(1))) => {}
            () = stop.cancelled() => return Ok(()),
        }
        if arguments.stop_after.is_some_and(|seconds| begun.elapsed() >= Duration::from_secs(seconds)) {
            stop.cancel();
            return Ok(());
        }
        count += 1;
        if let Some(news) = partners.publish_next() {
            out::line(&format!("{} publishes: {}", news.partner, news.title))?;
        }
        let (slug, breaks, recovers) = BREAKS;
        let Some(partner) = partners.get(slug) else { continue };
        match count % (breaks + recovers + 4) {
            turn if turn == breaks => {
                partner.break_down(Failure::Status(500));
                out::line(&format!("{slug} breaks: it answers 500 from now on; its entries stay published"))?;
            }
            turn if turn == breaks + recovers => {
                partner.recover();
                out::line(&format!("{slug} works again"))?;
            }
            _ => {}
        }
    }
}
