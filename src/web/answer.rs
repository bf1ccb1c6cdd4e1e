//! Answers: a document as its client may have it, and one line of text where there is none.

use std::any::Any;

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, Response, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, VARY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
};

use super::{
    WebError,
    conditional::{Decision, decide},
    negotiate::choose_copy,
    served::Served,
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

/// The reason is for the log; a client learns whether to come back.
pub(super) fn failure(error: &WebError) -> Response<Body> {
    match error {
        WebError::Unavailable(reason) => {
            tracing::warn!(%reason, "a request could not be answered now: {reason}");
            unavailable()
        }
        WebError::Internal(reason) => {
            tracing::error!(%reason, "a request could not be answered: {reason}");
            text(StatusCode::INTERNAL_SERVER_ERROR, "This went wrong on our side and was recorded.")
        }
    }
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
