//! Answers: a document as its client may have it, and one line of text where there is none.

use std::{any::Any, time::Duration};

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, Response, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION,
            RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS,
        },
    },
};

use super::{
    WebError,
    conditional::{Decision, decide},
    negotiate::choose_copy,
    served::{PAGE_POLICY, Served},
};

/// The document, or 304, 406, 412: what the request's headers ask for.
pub(super) fn document(served: &Served, headers: &HeaderMap) -> Response<Body> {
    let Some(selected) = choose_copy(headers, served) else {
        return text(StatusCode::NOT_ACCEPTABLE, "None of the accepted encodings is available; identity is.");
    };
    match decide(headers, served, selected) {
        Decision::Send(copy) => with_headers(StatusCode::OK, &copy.full, Body::from(copy.body.clone())),
        Decision::Unchanged(copy) => with_headers(StatusCode::NOT_MODIFIED, &copy.unchanged, Body::empty()),
        Decision::Failed => text(StatusCode::PRECONDITION_FAILED, "The document is another one by now."),
    }
}

/// The same where the format, too, was chosen by a header of the request.
pub(super) fn document_by_accept(served: &Served, headers: &HeaderMap) -> Response<Body> {
    let mut response = document(served, headers);
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    response
}

/// A feed for a person who opened its address in a browser: the same bytes, as XML that the browser shows by the feed's style
/// sheet (it shows `application/atom+xml` as source text). For this browser alone: caches keep the answer for readers, and
/// Vary would split it, or make some of them keep nothing (RFC 9110 §12.5.5).
pub(super) fn feed_in_browser(served: &Served, headers: &HeaderMap, max_age: Duration) -> Response<Body> {
    let mut response = document(served, headers);
    let status = response.status();
    if !status.is_success() && status != StatusCode::NOT_MODIFIED {
        return response;
    }
    let headers = response.headers_mut();
    let private = HeaderValue::try_from(format!("private, max-age={}", max_age.as_secs()));
    headers.insert(CACHE_CONTROL, private.unwrap_or(HeaderValue::from_static("no-store")));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding, sec-fetch-dest"));
    if status.is_success() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml; charset=utf-8"));
        // It is a document of ours now, and what came from elsewhere must not do anything in it.
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    }
    response
}

/// A page that explains an error. Not to be kept: the address may come to life.
pub(super) fn error_page(status: StatusCode, page: &Served, headers: &HeaderMap) -> Response<Body> {
    let Some(copy) = choose_copy(headers, page) else { return text(status, "Nothing is at this address.") };
    let mut response = with_headers(status, &copy.full, Body::from(copy.body.clone()));
    let headers = response.headers_mut();
    headers.remove(axum::http::header::ETAG);
    headers.remove(axum::http::header::LAST_MODIFIED);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// One line for machines and terminals.
pub(super) fn text(status: StatusCode, line: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{line}\n")));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A script of any site may read why it gets no feed.
pub(super) fn for_every_site(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// The reason is for the log; a client learns whether to come back.
pub(super) fn failure(error: &WebError) -> Response<Body> {
    match error {
        WebError::Unavailable(reason) => {
            tracing::warn!(%reason, "a request could not be answered now: {reason}");
            unavailable()
        }
        WebError::Busy => {
            let line = "Too much is asked for at once; please try again in a few seconds.";
            let mut response = text(StatusCode::TOO_MANY_REQUESTS, line);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
            response
        }
        WebError::Gone => text(StatusCode::GONE, "What was at this address was taken away."),
        WebError::NotYet { location } => redirect(StatusCode::TEMPORARY_REDIRECT, location),
        WebError::Internal(reason) => {
            tracing::error!(%reason, "a request could not be answered: {reason}");
            text(StatusCode::INTERNAL_SERVER_ERROR, "This went wrong on our side and was recorded.")
        }
        WebError::Refused { reason, .. } => text(StatusCode::BAD_REQUEST, reason),
    }
}

/// Another address, relative to the one that was asked for. Other sites' scripts may follow it.
pub(super) fn redirect(status: StatusCode, location: &str) -> Response<Body> {
    let Ok(target) = HeaderValue::try_from(location) else {
        return text(StatusCode::NOT_FOUND, "Nothing is at this address.");
    };
    let mut response = text(status, &format!("It is at {location}"));
    let headers = response.headers_mut();
    headers.insert(LOCATION, target);
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if status == StatusCode::MOVED_PERMANENTLY {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    }
    response
}

/// 429 (RFC 6585 §4) with a time to come back.
pub(super) fn too_many_requests(wait: Duration) -> Response<Body> {
    let mut response = text(
        StatusCode::TOO_MANY_REQUESTS,
        "These are more requests than one client may make; please slow down.",
    );
    let seconds = wait.as_secs() + 1;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// 503 with a time to come back.
pub(super) fn unavailable() -> Response<Body> {
    let mut response =
        text(StatusCode::SERVICE_UNAVAILABLE, "This cannot be answered now; please try again in a minute.");
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

/// Any site's script may read a feed, also conditionally.
pub(super) async fn preflight() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("accept, if-none-match, if-modified-since"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

/// 405; the router adds Allow.
pub(super) async fn method_not_allowed() -> Response<Body> {
    text(StatusCode::METHOD_NOT_ALLOWED, "This address is only for reading: use GET or HEAD.")
}

/// A fault in a handler ends one answer, not the server.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response<Body> {
    tracing::error!("a request ended in a fault of the program");
    text(StatusCode::INTERNAL_SERVER_ERROR, "This went wrong on our side and was recorded.")
}

fn with_headers(status: StatusCode, headers: &HeaderMap, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers.clone();
    response
}
