//! `vestnik serve`: the daemon.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Common, Ended};
use crate::{
    app::{Access, App, Role, Roles},
    clock::Clock,
    telemetry,
};

#[derive(Debug, Default, clap::Args)]
pub(super) struct Arguments {
    /// What this process does, where several share a database: collect, web or both, with a comma between; both where
    /// nothing is said
    #[arg(long, value_name = "ROLES", value_delimiter = ',')]
    role: Vec<Role>,
}

pub(super) async fn run(common: Common, arguments: Arguments) -> anyhow::Result<Ended> {
    // First of all, so that a signal during the start ends it in order too.
    let stop = stop_signal()?;
    let settings = common.settings_and_log()?;
    telemetry::metrics().context("setting the metrics up")?;
    let address = settings.server.listen;
    let roles = Roles::of(&arguments.role);
    let (clock, strictness) = (Clock::system(), common.strictness());
    let app = Arc::new(App::open_for(settings, clock, strictness, Access::Alone, roles).await?);
    let listener = listen(address).await?;
    app.serve(listener, stop).await?;
    Ok(Ended::Well)
}

/// Listens on this address, or says what to do where that is not possible.
pub(super) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("listening on {address}; another program may have the port: choose one with --listen")
    })
}

/// A token that SIGTERM and SIGINT cancel.
pub(super) fn stop_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let cancel = stop.clone();
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .context("listening for SIGTERM")?;
    tokio::spawn(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
        cancel.cancel();
    });
    Ok(stop)
}
