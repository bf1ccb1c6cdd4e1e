//! A real object store for the tests.

use std::{process::Stdio, time::Duration};

use futures_util::TryStreamExt;
use object_store::{Attribute, ObjectStore as _, ObjectStoreExt};
use tokio::io::AsyncBufReadExt;
use vestnik::outlets::BucketOptions;

/// A server that speaks S3, of its own; ends with the test.
pub(crate) struct ObjectStore {
    pub(crate) address: String,
    _server: tokio::process::Child,
}

impl ObjectStore {
    /// moto with an empty bucket `news`, where Python has it (`tests/all.sh` sees to that). None where it is missing, which is said.
    pub(crate) async fn start(test: &str) -> Option<Self> {
        let Ok(python) = std::env::var("VESTNIK_TEST_MOTO") else {
            crate::whole::left_out(test, "a python3 with moto (VESTNIK_TEST_MOTO)");
            return None;
        };
        let store = tokio::time::timeout(Duration::from_secs(60), ObjectStore::run(&python)).await.unwrap();
        let made = super::client().put(format!("{}/news", store.address)).send().await.unwrap();
        assert!(made.status().is_success());
        Some(store)
    }

    async fn run(python: &str) -> Self {
        // The port is the system's choice; moto says on standard error which one it was given.
        let script = "import sys; from moto.server import main; main(['-p', '0', '-H', '127.0.0.1'])";
        let mut command = tokio::process::Command::new(python);
        command.args(["-u", "-c", script]).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut server = command.spawn().unwrap();
        let mut lines = tokio::io::BufReader::new(server.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("moto says where it listens");
            if let Some((_, address)) = line.split_once("Running on ") {
                break address.trim().to_owned();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        ObjectStore { address, _server: server }
    }

    pub(crate) fn options(&self, prefix: &str) -> BucketOptions {
        BucketOptions {
            bucket: "news".to_owned(),
            prefix: prefix.to_owned(),
            endpoint: Some(self.address.clone()),
            region: "us-east-1".to_owned(),
            access_key_id: "key".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: None,
        }
    }

    /// A client of its own, signed as the bucket wants it.
    fn reader(&self) -> object_store::aws::AmazonS3 {
        object_store::aws::AmazonS3Builder::new()
            .with_bucket_name("news")
            .with_region("us-east-1")
            .with_endpoint(&self.address)
            .with_access_key_id("key")
            .with_secret_access_key("secret")
            .with_allow_http(true)
            .build()
            .unwrap()
    }

    pub(crate) async fn names(&self) -> Vec<String> {
        let listed: Vec<_> = self.reader().list(None).try_collect().await.unwrap();
        let mut names: Vec<String> = listed.into_iter().map(|object| object.location.to_string()).collect();
        names.sort();
        names
    }

    /// Type, caching and coding of an object, and its bytes.
    pub(crate) async fn object(&self, name: &str) -> ([Option<String>; 3], Vec<u8>) {
        let found = self.reader().get(&name.into()).await.unwrap();
        let wanted = [Attribute::ContentType, Attribute::CacheControl, Attribute::ContentEncoding];
        let attributes = wanted.map(|name| found.attributes.get(&name).map(|value| value.to_string()));
        (attributes, found.bytes().await.unwrap().to_vec())
    }
}
