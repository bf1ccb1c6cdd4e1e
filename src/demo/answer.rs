//! One partner's answers: conditional as they should be, or broken as it was told to.

use std::{io, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use super::{
    partners::{Failure, Site},
    render::HTML,
};
use crate::model::Timestamp;

/// A request that a partner got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// `GET`.
    pub method: String,
    /// The path with its query, as it was asked for.
    pub path: String,
    /// All header fields: names in lower case, values as raw bytes.
    pub headers: Vec<(String, Vec<u8>)>,
    /// What was answered. 0 where nothing was.
    pub status: u16,
}

impl Recorded {
    /// The raw value of a header field.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }
}

/// Bytes with what is said about them.
pub(super) struct Page {
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
    pub(super) etag: Option<String>,
    pub(super) modified: Timestamp,
}

/// Answers everything that a site is asked.
pub(super) async fn answer(
    State(site): State<Arc<Site>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let failure = site.failure();
    let response = match failure {
        Some(Failure::Status(status)) => Some(failed(status)),
        Some(Failure::Hang | Failure::Refuse) => None,
        Some(Failure::Truncated) => Some(truncated(site.page(&uri))),
        None if !matches!(method, Method::GET | Method::HEAD) => {
            Some(StatusCode::METHOD_NOT_ALLOWED.into_response())
        }
        None => Some(whole(site.page(&uri), &headers)),
    };
    let status = response.as_ref().map_or(0, |response| response.status().as_u16());
    site.record(recorded(&method, &uri, &headers, status));
    match response {
        Some(response) => response,
        None => std::future::pending().await,
    }
}

fn recorded(method: &Method, uri: &Uri, headers: &HeaderMap, status: u16) -> Recorded {
    let path = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
    let headers = headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
    Recorded { method: method.to_string(), path, headers: headers.collect(), status }
}

fn whole(page: Option<Page>, asked: &HeaderMap) -> Response {
    let Some(page) = page else {
        return (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, HTML)], "<h1>404</h1>").into_response();
    };
    let unchanged = not_modified(&page, asked);
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Body::from(page.body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(page.content_type));
        response
    };
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    put(header::LAST_MODIFIED, &httpdate::fmt_http_date(page.modified.into()));
    if let Some(etag) = &page.etag {
        put(header::ETAG, etag);
    }
    response
}

/// RFC 9110 §13.2.2: If-None-Match decides where it is there, compared weakly; else If-Modified-Since.
fn not_modified(page: &Page, asked: &HeaderMap) -> bool {
    let text = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if let Some(tags) = text(header::IF_NONE_MATCH) {
        let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let ours = page.etag.as_deref().map(bare);
        return tags.trim() == "*" || tags.split(',').any(|tag| Some(bare(tag)) == ours);
    }
    let since = text(header::IF_MODIFIED_SINCE).and_then(|date| httpdate::parse_http_date(date).ok());
    since.is_some_and(|since| Timestamp::from(since).timestamp() >= page.modified.timestamp())
}

fn failed(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, HTML)], format!("<h1>{status}</h1>")).into_response()
}

/// Announces all of it and sends half.
fn truncated(page: Option<Page>) -> Response {
    let Some(page) = page else { return failed(404) };
    let length = page.body.len();
    let half = page.body.get(..length / 2).unwrap_or_default().to_vec();
    let parts = [Ok(bytes::Bytes::from(half)), Err(io::Error::from(io::ErrorKind::ConnectionAborted))];
    let body = Body::from_stream(futures_util::stream::iter(parts));
    let headers =
        [(header::CONTENT_TYPE, page.content_type.to_owned()), (header::CONTENT_LENGTH, length.to_string())];
    (headers, body).into_response()
}
