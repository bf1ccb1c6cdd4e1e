//! Secure connections: HTTP/2 where the server speaks it, the organisation's own authority, and no way round a bad certificate.

use std::{net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Response, Version},
};
use futures_util::{StreamExt, future::BoxFuture, stream};
use vestnik::{
    clock::Clock,
    fetch::{Fetcher, Limits, Names},
    model::{FetchError, FetchOutcome, TlsFault, Trouble, Validators},
};

use super::{document, failure, fetch_with, fetcher, limits, now};
use crate::support::tls::{Asked, Authority, GOOD, TlsServer, mute};

/// Every host lives here.
struct Here;

impl Names for Here {
    fn look_up(&self, _: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async { Ok(vec![IpAddr::from([127, 0, 0, 1])]) })
    }
}

/// An authority, with its root certificate in a file.
struct Office {
    authority: Authority,
    folder: tempfile::TempDir,
}

impl Office {
    fn open() -> Self {
        let office = Office { authority: Authority::new("The office"), folder: tempfile::tempdir().unwrap() };
        office.authority.write(&office.file());
        office
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A server at news.example that this authority vouches for.
    async fn server(
        &self,
        protocols: &[&str],
        answer: impl Fn(&Asked) -> Response<Body> + Send + Sync + 'static,
    ) -> TlsServer {
        TlsServer::start(self.authority.certificate("news.example", GOOD), protocols, answer).await
    }

    /// Who trusts this authority.
    fn fetcher(&self) -> Fetcher {
        trusting(Some(self.file()))
    }
}

fn trusting(ca_file: Option<PathBuf>) -> Fetcher {
    let limits = Limits { ca_file, ..limits() };
    Fetcher::with_names(limits, Clock::manual(now()).0, Arc::new(Here)).unwrap()
}

fn feed(_: &Asked) -> Response<Body> {
    Response::builder()
        .header("ETag", "W/\"1\"")
        .header("Last-Modified", "yesterday")
        .body(Body::from("<rss/>"))
        .unwrap()
}

#[tokio::test]
async fn http2_is_spoken_with_who_speaks_it_and_http11_with_others() {
    let office = Office::open();
    for (protocols, version) in [
        (&["h2", "http/1.1"][..], Version::HTTP_2),
        (&["http/1.1", "h2"], Version::HTTP_11),
        (&["http/1.1"], Version::HTTP_11),
        (&[], Version::HTTP_11),
    ] {
        let server = office.server(protocols, feed).await;
        let outcome =
            fetch_with(&office.fetcher(), &server.at("news.example", "/feed"), &Validators::default()).await;
        assert_eq!(document(outcome).body, "<rss/>");
        // A server that prefers HTTP/1.1 is followed in that.
        assert_eq!(server.asked()[0].version, version, "{protocols:?}");
    }
}

#[tokio::test]
async fn over_http2_requests_are_conditional_on_one_connection_and_say_no_more_about_us() {
    let office = Office::open();
    let server = office
        .server(&["h2"], |asked| match asked.headers.get("if-none-match") {
            Some(_) => Response::builder().status(304).header("ETag", "W/\"2\"").body(Body::empty()).unwrap(),
            None => feed(asked),
        })
        .await;
    let (fetcher, url) = (office.fetcher(), server.at("news.example", "/feed"));
    let first = document(fetch_with(&fetcher, &url, &Validators::default()).await);
    match fetch_with(&fetcher, &url, &first.validators).await {
        FetchOutcome::NotModified { validators, .. } => {
            assert_eq!(validators.etag.as_deref(), Some(&b"W/\"2\""[..]));
        }
        other => panic!("{other:?}"),
    }
    let asked = server.asked();
    assert_eq!((asked.len(), server.connections()), (2, 1));
    assert!(asked.iter().all(|asked| asked.version == Version::HTTP_2));
    let value = |name: &str| asked[1].headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!(value("if-none-match"), Some("W/\"1\""));
    assert_eq!(value("if-modified-since"), Some("yesterday"));
    assert!(value("user-agent").unwrap().starts_with("Vestnik/"));
    let mut names: Vec<_> = asked[0].headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "accept-encoding", "user-agent"]);
}

/// A stream that ends with an error is reset (RFC 9113 §5.4.2); one that is shorter than it said is no message (§8.1.1).
#[tokio::test]
async fn a_document_that_breaks_off_over_http2_is_broken() {
    let office = Office::open();
    let server = office
        .server(&["h2"], |asked| {
            let part = stream::iter([Ok("<rss><channel>")]);
            match asked.path.as_str() {
                "/reset" => {
                    let then = stream::iter([Err(std::io::Error::other("broke off"))]);
                    Response::new(Body::from_stream(part.chain(then)))
                }
                _ => Response::builder()
                    .header("Content-Length", "1000")
                    .body(Body::from_stream(part))
                    .unwrap(),
            }
        })
        .await;
    for path in ["/reset", "/short"] {
        let outcome =
            fetch_with(&office.fetcher(), &server.at("news.example", path), &Validators::default()).await;
        let error = failure(outcome);
        assert!(matches!(error, FetchError::Broken { .. }), "{path}: {error:?}");
    }
}

#[tokio::test]
async fn a_certificate_at_fault_is_a_failure_that_says_which_and_nothing_is_asked_without_it() {
    let office = Office::open();
    let (stranger, namesake) = (Authority::new("A stranger"), Authority::new("The office"));
    let cases = [
        (office.authority.certificate("news.example", (2010, 2020)), TlsFault::Expired, "has expired"),
        (office.authority.certificate("news.example", (2080, 2090)), TlsFault::NotYet, "from a later day on"),
        (office.authority.certificate("other.example", GOOD), TlsFault::Name, "of another site"),
        (stranger.certificate("news.example", GOOD), TlsFault::Issuer, "nobody whom we trust"),
        (namesake.certificate("news.example", GOOD), TlsFault::Issuer, "nobody whom we trust"),
    ];
    for (certificate, expected, said) in cases {
        let server = TlsServer::start(certificate, &["h2", "http/1.1"], feed).await;
        let outcome =
            fetch_with(&office.fetcher(), &server.at("news.example", "/feed"), &Validators::default()).await;
        let error = failure(outcome);
        assert!(matches!(&error, FetchError::Tls { fault, .. } if *fault == expected), "{error:?}");
        let trouble = Trouble::from(&error);
        assert!(trouble.reason.contains(said), "{trouble}");
        assert!(trouble.technical.unwrap().contains("certificate"));
        // The client breaks the handshake off: the server hears of it a moment later.
        crate::whole::house::eventually("the handshake failed", async || {
            (!server.refused().is_empty()).then_some(())
        })
        .await;
        assert_eq!(server.refused(), [0x16], "one handshake, and nothing in the clear");
        assert_eq!((server.asked().len(), server.connections()), (0, 1), "{expected:?}");
    }
}

#[tokio::test]
async fn an_authority_of_our_own_is_trusted_only_where_it_is_named() {
    let office = Office::open();
    let server = office.server(&["h2"], feed).await;
    let url = server.at("news.example", "/feed");
    let error = failure(fetch_with(&trusting(None), &url, &Validators::default()).await);
    assert!(matches!(error, FetchError::Tls { fault: TlsFault::Issuer, .. }), "{error:?}");
    document(fetch_with(&office.fetcher(), &url, &Validators::default()).await);
    // A bundle with a remark, another authority and this one.
    let bundle = format!("Our roots\n{}\n{}", Authority::new("Another").pem(), office.authority.pem());
    std::fs::write(office.file(), bundle).unwrap();
    document(fetch_with(&office.fetcher(), &url, &Validators::default()).await);
}

#[tokio::test]
async fn a_server_that_says_nothing_to_a_handshake_is_given_up_in_time() {
    let (address, _mute) = mute().await;
    let hasty = Limits { connect_timeout: Duration::from_millis(50), ..limits() };
    let after = hasty.connect_timeout;
    let outcome = fetch_with(&fetcher(hasty), &format!("https://{address}/"), &Validators::default()).await;
    assert_eq!(failure(outcome), FetchError::Timeout { after });
}
