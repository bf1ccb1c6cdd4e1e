//! Keeps the folder and the object store of the settings up to date, each by a task of its own, so that neither waits for the
//! other and nothing waits for them.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use super::{App, export::MadeFrom};
use crate::{
    outlets::{Bucket, BucketOptions, Folder, Outlet},
    telemetry,
};

/// After a round that failed; twice as long after each further one.
const RETRY: Duration = Duration::from_secs(5);
const MAX_RETRY: Duration = Duration::from_secs(60);

impl App {
    /// What the settings name.
    ///
    /// # Errors
    /// Where credentials are missing or cannot be read.
    pub(super) fn outlets(&self) -> anyhow::Result<Vec<Outlet>> {
        let directory = self.settings.publish.directory.as_ref();
        let mut outlets: Vec<Outlet> =
            directory.map(|path| Outlet::Folder(Folder::new(path))).into_iter().collect();
        let settings = &self.settings.object_store;
        if let Some(url) = &settings.url {
            let options = BucketOptions {
                bucket: url.bucket.clone(),
                prefix: url.prefix.clone(),
                endpoint: settings.endpoint.as_ref().map(|endpoint| endpoint.url().to_string()),
                region: settings.region.clone(),
                access_key_id: credential(
                    "access_key_id_file",
                    settings.access_key_id_file.as_deref(),
                    "AWS_ACCESS_KEY_ID",
                )?,
                secret_access_key: credential(
                    "secret_access_key_file",
                    settings.secret_access_key_file.as_deref(),
                    "AWS_SECRET_ACCESS_KEY",
                )?,
                session_token: std::env::var("AWS_SESSION_TOKEN").ok(),
            };
            outlets.push(Outlet::Bucket(Box::new(Bucket::new(&options)?)));
        }
        Ok(outlets)
    }

    /// Brings the outlet up to date after every round of the press, and once more at the end, until `stop`. What fails is
    /// said once and tried again, and so is that it is well again.
    pub(super) async fn keep_up(self: Arc<Self>, outlet: Outlet, stop: CancellationToken) {
        let mut rounds = self.press.rounds();
        let mut retry = None;
        let mut made_from = MadeFrom::new();
        loop {
            rounds.borrow_and_update();
            retry = self.bring_up_to_date(&outlet, &mut made_from, retry).await;
            if stop.is_cancelled() {
                return;
            }
            let pause = async {
                match retry {
                    Some(pause) => self.clock.sleep(pause).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = rounds.changed(), if retry.is_none() => {}
                () = pause => {}
                () = stop.cancelled() => {
                    if !rounds.has_changed().unwrap_or(false) && retry.is_none() {
                        return;
                    }
                }
            }
        }
    }

    /// How long to wait before the next try; None where it went well.
    async fn bring_up_to_date(
        &self,
        outlet: &Outlet,
        made_from: &mut MadeFrom,
        before: Option<Duration>,
    ) -> Option<Duration> {
        let name = outlet.name();
        let result = self.keep_site(outlet, made_from).await;
        telemetry::outlet(outlet.kind(), result.is_ok());
        match result {
            Ok(written) => {
                if before.is_some() {
                    tracing::info!("{name} can be written again");
                }
                let (documents, files, removed) = (written.documents, written.written, written.removed);
                tracing::debug!(documents, files, removed, "{name} is up to date: {files} files written");
                None
            }
            Err(error) => {
                if before.is_none() {
                    tracing::error!(
                        "{name} cannot be kept up to date, trying again; collecting goes on: {error:#}"
                    );
                }
                Some(before.map_or(RETRY, |before| MAX_RETRY.min(before * 2)))
            }
        }
    }
}

/// From the file, else from the environment. Never shown.
fn credential(key: &str, file: Option<&Path>, variable: &str) -> anyhow::Result<String> {
    let found = match file {
        Some(file) => std::fs::read_to_string(file)
            .with_context(|| format!("publish.object_store.{key}: reading {}", file.display()))?,
        None => std::env::var(variable).with_context(|| {
            format!(
                "publish.object_store needs credentials: set {key} there, or {variable} in the environment"
            )
        })?,
    };
    let found = found.trim().to_owned();
    anyhow::ensure!(
        !found.is_empty(),
        "publish.object_store: the credential of {key} or {variable} is empty"
    );
    Ok(found)
}
