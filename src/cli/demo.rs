//! `vestnik demo`: the real daemon on a temporary database, collecting from partner sites on loopback.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use clap::Args;
use tokio_util::sync::CancellationToken;

use super::{Common, Ended, out, serve::stop_signal};
use crate::{
    app::{Access, App, Strictness},
    clock::Clock,
    config::Settings,
    demo::{self, Failure, Partners},
    telemetry,
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

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    // First of all, so that the temporary folder goes however early the demonstration is ended.
    let stop = stop_signal()?;
    let clock = Clock::system();
    let partners = Arc::new(Partners::start(&clock).await.context("starting the partner sites")?);
    let folder = tempfile::tempdir().context("making a temporary folder")?;
    demo::write_desk(&folder.path().join("feeds"), &partners.specs())?;
    let listen = common.listen.as_deref().unwrap_or("127.0.0.1:8080");
    let wanted = settings(listen, folder.path())?.server.listen;
    let listener = super::serve::listen(wanted).await?;
    let address = listener.local_addr().context("reading the address that is listened on")?;
    // Now the port is known where the system chose it, and feeds can say where they are.
    let settings = settings(&reachable(address).to_string(), folder.path())?;
    telemetry::start_logging("warn,vestnik::schedule=info", false);
    telemetry::metrics().context("setting the metrics up")?;
    let app = Arc::new(App::open(settings, clock, Strictness::Strict, Access::Alone).await?);
    welcome(reachable(address), &partners)?;
    let story = tokio::spawn(tell(Arc::clone(&partners), arguments, stop.clone()));
    app.serve(listener, stop).await?;
    story.await.context("the demonstration broke off")??;
    Ok(Ended::Well)
}

/// Of the flags only `--listen` counts, and neither the settings file nor the environment: the demonstration looks the
/// same everywhere and leaves nothing behind.
fn settings(listen: &str, folder: &Path) -> anyhow::Result<Settings> {
    let path = |name: &str| folder.join(name).display().to_string();
    let variables = [
        ("SITE__URL", format!("http://{listen}/")),
        ("SITE__DESCRIPTION", "Демонстрация: партньорите са на тази машина".to_owned()),
        ("SERVER__LISTEN", listen.to_owned()),
        ("STORAGE__DATA", path("data")),
        ("FEEDS__DIRECTORY", path("feeds")),
        ("COLLECT__ALLOW_NETWORKS", "127.0.0.0/8".to_owned()),
        ("COLLECT__MIN_INTERVAL", "1s".to_owned()),
    ];
    let variables = variables.into_iter().map(|(name, value)| (format!("VESTNIK_{name}"), value));
    Settings::load(None, variables).map_err(|faults| super::BadSettings(faults).into())
}

/// An address that a browser on this machine can open: one that stands for all addresses is none.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() { (Ipv4Addr::LOCALHOST, address.port()).into() } else { address }
}

fn welcome(address: SocketAddr, partners: &Partners) -> anyhow::Result<()> {
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
