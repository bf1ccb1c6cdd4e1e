//! The site kept elsewhere: a folder for a plain web server, a bucket that speaks S3.

use std::{fs, path::Path};

use vestnik::{
    model::{Format, Timestamp},
    outlets::{Bucket, BucketOptions, Document, Folder, Outlet, OutletError, Written},
    publish::rendition,
};

use crate::support::bucket::ObjectStore;

fn document(path: &str, text: &str) -> Document {
    Document {
        path: path.to_owned(),
        content_type: Format::Atom.content_type(),
        cache_control: "public, max-age=300".to_owned(),
        rendition: rendition(Format::Atom, text.repeat(50).into_bytes(), None, Timestamp::UNIX_EPOCH),
    }
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder_here) = open.pop() {
        for entry in fs::read_dir(folder_here).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

fn written(documents: usize, written: usize, removed: usize) -> Written {
    Written { documents, written, removed }
}

#[tokio::test]
async fn a_folder_holds_what_is_published_and_nothing_that_was() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("robots.txt"), "ours").unwrap();
    let outlet = Outlet::Folder(Folder::new(folder.path()));
    let (feed, post) = (document("feeds/all.atom", "news "), document("posts/one/index.html", "post "));
    assert_eq!(outlet.keep(vec![feed.clone(), post]).await.unwrap(), written(2, 8, 0));
    assert_eq!(fs::read(folder.path().join("feeds/all.atom")).unwrap(), b"news ".repeat(50));
    let gzip = fs::read(folder.path().join("feeds/all.atom.gz")).unwrap();
    assert_eq!(&gzip, feed.rendition.body(vestnik::model::Coding::Gzip).unwrap());
    assert_eq!(
        outlet.keep(vec![feed.clone(), document("posts/one/index.html", "post ")]).await.unwrap(),
        written(2, 0, 0)
    );

    // Another process finds out by itself what was written before.
    let outlet = Outlet::Folder(Folder::new(folder.path()));
    assert_eq!(outlet.keep(vec![feed]).await.unwrap(), written(1, 0, 1));
    let expected = [
        ".vestnik.json",
        "feeds/all.atom",
        "feeds/all.atom.br",
        "feeds/all.atom.gz",
        "feeds/all.atom.zst",
        "robots.txt",
    ];
    assert_eq!(files(folder.path()), expected, "what others put there stays");
}

#[tokio::test]
async fn a_twin_that_is_none_any_more_is_not_served_in_place_of_the_new_document() {
    let folder = tempfile::tempdir().unwrap();
    let outlet = Outlet::Folder(Folder::new(folder.path()));
    outlet.keep(vec![document("all.atom", "news ")]).await.unwrap();
    let short = Document {
        rendition: rendition(Format::Atom, b"x".to_vec(), None, Timestamp::UNIX_EPOCH),
        ..document("all.atom", "")
    };
    assert!(short.rendition.compressed.is_empty());
    outlet.keep(vec![short]).await.unwrap();
    assert_eq!(files(folder.path()), [".vestnik.json", "all.atom"]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_says_which_file_and_is_whole_when_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("public");
    fs::write(&place, "a file where the folder should be").unwrap();
    let outlet = Outlet::Folder(Folder::new(&place));
    let error = outlet.keep(vec![document("all.atom", "news ")]).await.unwrap_err();
    assert!(matches!(&error, OutletError::File { .. }) && error.to_string().contains("public"), "{error}");
    fs::remove_file(&place).unwrap();
    assert_eq!(outlet.keep(vec![document("all.atom", "news ")]).await.unwrap().written, 4);
}

#[tokio::test]
async fn no_path_leaves_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let outlet = Outlet::Folder(Folder::new(folder.path().join("public")));
    for path in ["../evil", "/etc/evil", "a/../../evil", ""] {
        let error = outlet.keep(vec![document(path, "news ")]).await.unwrap_err();
        assert!(error.to_string().contains("leave the folder"), "{path}: {error}");
    }
    assert!(!folder.path().join("evil").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_holds_what_is_published_with_its_types_and_twins_and_nothing_that_was() {
    let Some(store) = ObjectStore::start("keeping a bucket").await else { return };
    let outlet = || Outlet::Bucket(Box::new(Bucket::new(&store.options("site")).unwrap()));
    let first = outlet();
    let (feed, post) = (document("feeds/all.atom", "news "), document("posts/one/index.html", "post "));
    assert_eq!(first.keep(vec![feed.clone(), post.clone()]).await.unwrap(), written(2, 8, 0));
    assert_eq!(first.keep(vec![feed.clone(), post.clone()]).await.unwrap(), written(2, 0, 0));

    let atom = Some("application/atom+xml; charset=utf-8".to_owned());
    let cached = Some("public, max-age=300".to_owned());
    let (attributes, bytes) = store.object("site/feeds/all.atom").await;
    assert_eq!(attributes, [atom.clone(), cached.clone(), None]);
    assert_eq!(bytes, b"news ".repeat(50));
    for (ending, coding) in [("gz", "gzip"), ("br", "br"), ("zst", "zstd")] {
        let (attributes, bytes) = store.object(&format!("site/feeds/all.atom.{ending}")).await;
        assert_eq!(attributes, [atom.clone(), cached.clone(), Some(coding.to_owned())]);
        assert!(bytes.len() < 200);
    }

    // After a restart: only what changed is sent, and what was withdrawn is taken away.
    let changed = document("feeds/all.atom", "other news ");
    assert_eq!(outlet().keep(vec![changed]).await.unwrap(), written(1, 4, 1));
    let twins = ["", ".br", ".gz", ".zst"].map(|ending| format!("site/feeds/all.atom{ending}"));
    let mut expected = vec!["site/.vestnik.json".to_owned()];
    expected.extend(twins);
    assert_eq!(store.names().await, expected);
}

#[tokio::test]
async fn a_bucket_that_nobody_serves_is_an_error_that_names_the_object() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let options = BucketOptions {
        bucket: "news".to_owned(),
        prefix: String::new(),
        endpoint: Some(format!("http://{closed}")),
        region: "us-east-1".to_owned(),
        access_key_id: "key".to_owned(),
        secret_access_key: "not-to-be-shown".to_owned(),
        session_token: None,
    };
    let _ = crate::support::client();
    let outlet = Outlet::Bucket(Box::new(Bucket::new(&options).unwrap()));
    let error = outlet.keep(vec![document("feeds/all.atom", "news ")]).await.unwrap_err();
    assert!(error.to_string().contains(".vestnik.json"), "{error}");
    assert!(!format!("{error:?}").contains("not-to-be-shown"));
}
