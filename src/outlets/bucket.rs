//! A bucket of an object store that speaks S3. Objects are whole or not there; what has not changed is not sent again.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::{
    Attribute, Attributes, ClientOptions, ObjectStore, ObjectStoreExt, PutOptions, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path,
};
use tokio::sync::{Mutex, mpsc};

use super::{
    Document, OutletError, TWINS, Written,
    listing::{self, Listed, Listing},
};
use crate::{
    failpoint::{self, Step},
    model::Coding,
};

/// Objects that are sent at the same time.
const AT_ONCE: usize = 8;

/// Where a bucket is and who may write to it.
#[derive(Clone)]
pub struct BucketOptions {
    /// The bucket.
    pub bucket: String,
    /// What every object's name begins with; empty for the root.
    pub prefix: String,
    /// The server, where it is not Amazon's.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// Who we are.
    pub access_key_id: String,
    /// And that we are.
    pub secret_access_key: String,
    /// For credentials that are lent.
    pub session_token: Option<String>,
}

/// A bucket.
#[derive(Debug)]
pub struct Bucket {
    store: AmazonS3,
    address: String,
    prefix: Path,
    /// What is in it; None until it was read, and after a failure.
    known: Mutex<Option<Listing>>,
}

impl Bucket {
    /// Asks nothing yet.
    ///
    /// # Errors
    /// `Options` where they cannot be used.
    pub fn new(options: &BucketOptions) -> Result<Self, OutletError> {
        let patience = ClientOptions::new()
            .with_allow_http(true)
            .with_connect_timeout(Duration::from_secs(10))
            .with_timeout(Duration::from_secs(60));
        // The next round tries again anyway.
        let retries =
            RetryConfig { max_retries: 2, retry_timeout: Duration::from_secs(30), ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&options.bucket)
            .with_region(&options.region)
            .with_access_key_id(&options.access_key_id)
            .with_secret_access_key(&options.secret_access_key)
            .with_client_options(patience)
            .with_retry(retries);
        if let Some(endpoint) = &options.endpoint {
            builder = builder
                .with_endpoint(endpoint.trim_end_matches('/'))
                .with_virtual_hosted_style_request(false);
        }
        if let Some(token) = &options.session_token {
            builder = builder.with_token(token);
        }
        let store =
            builder.build().map_err(|error| OutletError::Options(format!("the object store: {error}")))?;
        let prefix = Path::parse(options.prefix.trim_matches('/'))
            .map_err(|error| OutletError::Options(format!("the object store's prefix: {error}")))?;
        Ok(Bucket {
            store,
            address: format!("s3://{}/{prefix}", options.bucket),
            prefix,
            known: Mutex::new(None),
        })
    }

    /// `s3://bucket/prefix`
    pub fn address(&self) -> &str {
        &self.address
    }

    /// See [`super::Outlet::keep_up`].
    pub(super) async fn keep_up(
        &self,
        paths: &BTreeSet<String>,
        mut changed: mpsc::Receiver<Document>,
    ) -> Result<Written, OutletError> {
        let before = self.read_listing().await?;
        // Where this fails, it is read anew.
        *self.known.lock().await = None;
        let both = before.with(paths);
        if both != before {
            self.write_listing(&both).await?;
        }
        failpoint::reach(Step::Listed);
        let mut after = before.only(paths);
        let mut sent = 0;
        let mut documents = Vec::new();
        while changed.recv_many(&mut documents, AT_ONCE).await > 0 {
            documents.retain(|document| before.documents.get(&document.path) != Some(&Listed::of(document)));
            sent += self.send(&documents).await?;
            documents.drain(..).for_each(|document| after.put(&document));
        }
        failpoint::reach(Step::Delivered);
        // All twins that a crash may have left are asked for once; those that are not there do no harm.
        let mut removing = Vec::new();
        for (path, ending) in both.surplus(&after) {
            removing.push(self.delete(path, ending));
        }
        stream::iter(removing).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        if both != after {
            self.write_listing(&after).await?;
        }
        let removed = before.missing_in(&after);
        *self.known.lock().await = Some(after);
        Ok(Written { documents: paths.len(), written: sent, removed })
    }

    /// Sends documents with their twins. Returns how many objects.
    async fn send(&self, documents: &[Document]) -> Result<usize, OutletError> {
        // Loops and no closures: their futures are to be sent between threads.
        let mut sending = Vec::new();
        for document in documents {
            for (coding, ending) in TWINS {
                if let Some(body) = document.rendition.body(coding) {
                    sending.push(self.put(document, coding, ending, body.clone()));
                }
            }
        }
        let sent = sending.len();
        stream::iter(sending).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        Ok(sent)
    }

    async fn put(
        &self,
        document: &Document,
        coding: Coding,
        ending: &str,
        body: Bytes,
    ) -> Result<(), OutletError> {
        let path = self.path(&document.path, ending)?;
        let mut attributes = Attributes::from_iter([
            (Attribute::ContentType, document.content_type.to_owned()),
            (Attribute::CacheControl, document.cache_control.clone()),
        ]);
        if coding != Coding::Identity {
            attributes.insert(Attribute::ContentEncoding, coding.token().into());
        }
        let options = PutOptions { attributes, ..PutOptions::default() };
        self.store.put_opts(&path, body.into(), options).await.map_err(fault("writing", &path)).map(drop)
    }

    async fn delete(&self, path: &str, ending: &str) -> Result<(), OutletError> {
        let path = self.path(path, ending)?;
        match self.store.delete(&path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(fault("removing", &path)(error)),
        }
    }

    /// What was written before.
    pub(super) async fn read_listing(&self) -> Result<Listing, OutletError> {
        if let Some(known) = &*self.known.lock().await {
            return Ok(known.clone());
        }
        let path = self.path(listing::NAME, "")?;
        let read = async { self.store.get(&path).await?.bytes().await };
        match read.await {
            Ok(bytes) => Ok(Listing::read(&bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(Listing::default()),
            Err(error) => Err(fault("reading", &path)(error)),
        }
    }

    async fn write_listing(&self, listing: &Listing) -> Result<(), OutletError> {
        let path = self.path(listing::NAME, "")?;
        let attributes = Attributes::from_iter([
            (Attribute::ContentType, "application/json"),
            (Attribute::CacheControl, "no-cache"),
        ]);
        let options = PutOptions { attributes, ..PutOptions::default() };
        let put = self.store.put_opts(&path, listing.write().into(), options).await;
        put.map_err(fault("writing", &path)).map(drop)
    }

    fn path(&self, path: &str, ending: &str) -> Result<Path, OutletError> {
        let whole = format!("{}/{path}{ending}", self.prefix);
        Path::parse(whole.trim_start_matches('/')).map_err(|error| OutletError::Options(error.to_string()))
    }
}

fn fault(doing: &'static str, path: &Path) -> impl Fn(object_store::Error) -> OutletError {
    let path = path.to_string();
    move |source| OutletError::Store { doing, path: path.clone(), source: Box::new(source) }
}
