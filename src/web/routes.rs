//! Handlers: each extracts, asks the newsroom once, answers.

use std::{future::Future, panic::AssertUnwindSafe, pin::pin, sync::Arc};

use axum::{
    body::{Body, HttpBody as _},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, Response, StatusCode, Uri,
        header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, USER_AGENT},
    },
};
use futures_util::FutureExt;

use super::{
    Asked, Found, Newsroom, SitePath, WebError, WebOptions,
    address::{self, Unreadable},
    answer,
    assets::{Assets, FOR_GOOD},
    negotiate::{choose_format, is_opened_in_browser, wants_page},
    site::Ready,
};
use crate::model::{Format, Language, Slug};

/// What handlers share.
pub(super) struct Room<N> {
    newsroom: Arc<N>,
    options: WebOptions,
    assets: Assets,
}

type Shared<N> = State<Arc<Room<N>>>;

impl<N: Newsroom> Room<N> {
    pub(super) fn new(newsroom: Arc<N>, options: WebOptions) -> Arc<Self> {
        Arc::new(Room { newsroom, assets: Assets::new(&options), options })
    }

    /// What the newsroom finds in time. An answer from memory is there at the first look and costs no timer; a fault in the
    /// newsroom ends this answer alone.
    async fn in_time(&self, found: impl Future<Output = Found>) -> Found {
        let mut found = pin!(AssertUnwindSafe(found).catch_unwind());
        let caught = match found.as_mut().now_or_never() {
            Some(at_once) => at_once,
            None => match tokio::time::timeout(self.options.timeout, found).await {
                Ok(later) => later,
                Err(_) => return Err(WebError::Unavailable("the document was not found in time".to_owned())),
            },
        };
        caught.unwrap_or_else(|_| Err(WebError::Internal("a fault of the program".to_owned())))
    }

    pub(super) fn body_limit(&self) -> usize {
        self.options.body_limit
    }

    /// Counts an answer to whoever reads a feed.
    fn count(&self, channel: &str, headers: &HeaderMap, response: &Response<Body>) {
        let unchanged = response.status() == StatusCode::NOT_MODIFIED;
        if !(unchanged || response.status().is_success()) {
            return;
        }
        if let Some(consumers) = self.newsroom.consumers() {
            let bytes = response.body().size_hint().exact().unwrap_or(0);
            consumers.count(channel, headers.get(USER_AGENT), unchanged, bytes);
        }
    }

    async fn page(&self, asked: &Asked, headers: &HeaderMap) -> Response<Body> {
        match self.in_time(self.newsroom.document(asked)).await {
            Ok(Some(served)) => answer::document(&served, headers),
            Ok(None) => self.not_found_in(asked.language.clone(), headers, wants_page(headers)).await,
            Err(error) => self.failure_in(asked.language.clone(), &error, headers, wants_page(headers)).await,
        }
    }

    async fn not_found(&self, headers: &HeaderMap, page: bool) -> Response<Body> {
        self.not_found_in(None, headers, page).await
    }

    async fn not_found_in(
        &self,
        language: Option<Language>,
        headers: &HeaderMap,
        page: bool,
    ) -> Response<Body> {
        let response =
            answer::text(StatusCode::NOT_FOUND, "Nothing is at this address; /feeds.opml lists the feeds.");
        let path = SitePath::NotFound;
        if page { self.as_page(response, Asked { path, language }, headers).await } else { response }
    }

    /// The answer to what failed; to a person as a page.
    async fn failure(&self, error: &WebError, headers: &HeaderMap, page: bool) -> Response<Body> {
        self.failure_in(None, error, headers, page).await
    }

    /// The same, with the interface of a language.
    async fn failure_in(
        &self,
        language: Option<Language>,
        error: &WebError,
        headers: &HeaderMap,
        page: bool,
    ) -> Response<Body> {
        let response = answer::failure(error);
        let path = match error {
            WebError::Refused { page: Some(served), .. } if page => {
                return answer::error_page(StatusCode::BAD_REQUEST, served, headers);
            }
            WebError::Refused { reason, .. } => SitePath::BadRequest(reason.clone()),
            WebError::Unavailable(_) => SitePath::Unavailable,
            WebError::Internal(_) => SitePath::Broken,
            WebError::Gone => SitePath::Gone,
            WebError::Busy | WebError::NotYet { .. } => return response,
        };
        if page { self.as_page(response, Asked { path, language }, headers).await } else { response }
    }

    /// The same answer with a page in place of its line, where that can be made.
    async fn as_page(&self, response: Response<Body>, asked: Asked, headers: &HeaderMap) -> Response<Body> {
        match self.in_time(self.newsroom.document(&asked)).await {
            Ok(Some(page)) => {
                let mut shown = answer::error_page(response.status(), &page, headers);
                if let Some(after) = response.headers().get(RETRY_AFTER) {
                    shown.headers_mut().insert(RETRY_AFTER, after.clone());
                }
                shown
            }
            _ => response,
        }
    }
}

impl<N: Newsroom> Ready for Room<N> {
    fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Response<Body>> {
        // A browser may be shown the feed as a page; whatever is in a query may ask for another one.
        if *method != Method::GET || uri.query().is_some() || headers.contains_key("sec-fetch-dest") {
            return None;
        }
        let name = uri.path().strip_prefix("/feeds/")?;
        let served = self.newsroom.ready(uri.path())?;
        let response = answer::document(&served, headers);
        self.count(name.split('.').next().unwrap_or_default(), headers, &response);
        Some(response)
    }
}

/// `/`
pub(super) async fn front<N: Newsroom>(State(room): Shared<N>, request: Request) -> Response<Body> {
    room.page(&SitePath::Front.into(), request.headers()).await
}

/// Pages of the site, in the site's language or in the one of the folder.
pub(super) async fn page<N: Newsroom>(State(room): Shared<N>, request: Request) -> Response<Body> {
    let headers = request.headers();
    match address::read(request.uri().path(), request.uri().query()) {
        Ok(asked) => room.page(&asked, headers).await,
        Err(Unreadable::Unknown) => {
            room.not_found_in(folder_of(&request), headers, wants_page(headers)).await
        }
        Err(Unreadable::Query(reason)) => {
            let refused = WebError::Refused { reason, page: None };
            room.failure_in(folder_of(&request), &refused, headers, wants_page(headers)).await
        }
    }
}

/// `/opensearch.xml`
pub(super) async fn opensearch<N: Newsroom>(State(room): Shared<N>, request: Request) -> Response<Body> {
    room.page(&SitePath::OpenSearch.into(), request.headers()).await
}

/// `/embed.js`
pub(super) async fn embed_script<N: Newsroom>(State(room): Shared<N>, request: Request) -> Response<Body> {
    answer::document(room.assets.embed_script(), request.headers())
}

/// `/feeds.opml`
pub(super) async fn opml<N: Newsroom>(State(room): Shared<N>, request: Request) -> Response<Body> {
    room.page(&SitePath::Opml.into(), request.headers()).await
}

/// `/posts/<slug>`
pub(super) async fn post<N: Newsroom>(State(room): Shared<N>, request: Request) -> Response<Body> {
    let headers = request.headers();
    match name_in(&request).parse() {
        Ok(slug) => room.page(&SitePath::Post(slug).into(), headers).await,
        Err(_) => room.not_found(headers, wants_page(headers)).await,
    }
}

/// `/feeds/<slug>.<format>`, `/feeds/<slug>`
pub(super) async fn channel<N: Newsroom>(State(room): Shared<N>, request: Request) -> Response<Body> {
    let headers = request.headers();
    let Some((slug, format)) = channel_name(name_in(&request)) else {
        return room.not_found(headers, wants_page(headers)).await;
    };
    let wanted = format.unwrap_or_else(|| choose_format(headers));
    let found = match request.uri().query().filter(|query| !query.is_empty()) {
        None => room.in_time(room.newsroom.channel(&slug, wanted)).await,
        Some(query) => room.in_time(room.newsroom.asked(&slug, query, wanted)).await,
    };
    let response = match found {
        Ok(Some(served)) if is_xml(format) && is_opened_in_browser(headers) => {
            answer::feed_in_browser(&served, headers, room.options.max_age)
        }
        Ok(Some(served)) if format.is_some() => answer::document(&served, headers),
        Ok(Some(served)) => answer::document_by_accept(&served, headers),
        Ok(None) if let Some(slug) = room.newsroom.moved(&slug) => moved(&slug, format, &request),
        // Whoever asks for a feed is a program.
        Ok(None) if wanted == Format::Html => return room.not_found(headers, wants_page(headers)).await,
        Ok(None) => return answer::for_every_site(room.not_found(headers, false).await),
        Err(error) if wanted == Format::Html => {
            return room.failure(&error, headers, wants_page(headers)).await;
        }
        Err(error) => return answer::for_every_site(answer::failure(&error)),
    };
    if wanted != Format::Html {
        room.count(slug.as_str(), headers, &response);
    }
    response
}

/// The same address under the name that the channel has now, relative to the old one.
fn moved(slug: &Slug, format: Option<Format>, request: &Request) -> Response<Body> {
    let mut location = slug.to_string();
    if let Some(format) = format {
        location.push_str(&format!(".{}", format.extension()));
    }
    if let Some(query) = request.uri().query() {
        location.push_str(&format!("?{query}"));
    }
    answer::redirect(StatusCode::MOVED_PERMANENTLY, &location)
}

/// `/feeds/<slug>/archive/<number>.<format>`
pub(super) async fn archive<N: Newsroom>(State(room): Shared<N>, request: Request) -> Response<Body> {
    let headers = request.headers();
    let path = request.uri().path();
    let Some((slug, number, format)) = archive_name(path) else {
        return room.not_found(headers, wants_page(headers)).await;
    };
    match room.in_time(room.newsroom.archived(&slug, number, format)).await {
        Ok(Some(served)) if is_opened_in_browser(headers) && is_xml(Some(format)) => {
            answer::feed_in_browser(&served, headers, room.options.max_age)
        }
        Ok(Some(served)) => answer::document(&served, headers),
        Ok(None) if let Some(slug) = room.newsroom.moved(&slug) => {
            let location = format!("../../{slug}/archive/{number}.{}", format.extension());
            answer::redirect(StatusCode::MOVED_PERMANENTLY, &location)
        }
        Ok(None) => answer::for_every_site(room.not_found(headers, false).await),
        Err(error) => answer::for_every_site(answer::failure(&error)),
    }
}

/// `/assets/<name>`
pub(super) async fn asset<N: Newsroom>(State(room): Shared<N>, request: Request) -> Response<Body> {
    let headers = request.headers();
    let Some((served, is_version)) = room.assets.find(name_in(&request), request.uri().query()) else {
        return room.not_found(headers, false).await;
    };
    let mut response = answer::document(served, headers);
    if is_version && (response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED) {
        response.headers_mut().insert(CACHE_CONTROL, FOR_GOOD);
    }
    response
}

/// What a process answers that serves no public site.
pub(super) async fn serves_nothing() -> Response<Body> {
    answer::text(
        StatusCode::NOT_FOUND,
        "This node serves no feeds; /healthz, /readyz and /metrics say how it is doing.",
    )
}

/// `/healthz`: the process answers.
pub(super) async fn healthz() -> Response<Body> {
    answer::text(StatusCode::OK, "ok")
}

/// `/readyz`: the daemon can do its work, or a line a problem.
pub(super) async fn readyz<N: Newsroom>(State(room): Shared<N>) -> Response<Body> {
    let readiness = tokio::time::timeout(room.options.timeout, room.newsroom.readiness()).await;
    let problems =
        readiness.map_or_else(|_| vec!["it takes too long to find out".to_owned()], |ready| ready.problems);
    if problems.is_empty() {
        return answer::text(StatusCode::OK, "ready");
    }
    answer::text(StatusCode::SERVICE_UNAVAILABLE, &problems.join("\n"))
}

/// `/metrics`
pub(super) async fn metrics<N: Newsroom>(State(room): Shared<N>) -> Response<Body> {
    let mut response = answer::text(StatusCode::OK, room.newsroom.metrics().trim_end());
    let prometheus = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, prometheus);
    response
}

/// Every other address.
pub(super) async fn nothing_here<N: Newsroom>(State(room): Shared<N>, request: Request) -> Response<Body> {
    room.not_found_in(folder_of(&request), request.headers(), wants_page(request.headers())).await
}

/// The language of the interface that the address names.
fn folder_of(request: &Request) -> Option<Language> {
    match request.uri().path().split('/').nth(1) {
        Some(folder @ ("bg" | "en")) => folder.parse().ok(),
        _ => None,
    }
}

fn is_xml(format: Option<Format>) -> bool {
    matches!(format, Some(Format::Rss | Format::Atom))
}

/// The last part of the path. Percent-encoding stays: no name of ours needs it, so that what has it is no name of ours.
fn name_in(request: &Request) -> &str {
    request.uri().path().rsplit('/').next().unwrap_or_default()
}

/// `all.atom` is a channel in a format; `all` is a channel in the format that the client likes.
fn channel_name(name: &str) -> Option<(Slug, Option<Format>)> {
    match name.split_once('.') {
        None => Some((name.parse().ok()?, None)),
        Some((slug, extension)) => Some((slug.parse().ok()?, Some(Format::from_extension(extension)?))),
    }
}

/// Numbers begin at 1 and have no zeros before them: one document, one address. Archives have no pages for people.
fn archive_name(path: &str) -> Option<(Slug, u64, Format)> {
    let mut parts = path.rsplit('/');
    let (page, _, slug) = (parts.next()?, parts.next()?, parts.next()?);
    let (number, extension) = page.split_once('.')?;
    let format = Format::from_extension(extension).filter(|format| *format != Format::Html)?;
    let is_number = number.starts_with(|c: char| c.is_ascii_digit() && c != '0');
    Some((slug.parse().ok()?, number.parse().ok().filter(|_| is_number)?, format))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_channels_are_a_slug_and_perhaps_a_format() {
        let cases = [
            ("all", Some(("all", None))),
            ("all.atom", Some(("all", Some(Format::Atom)))),
            ("city.html", Some(("city", Some(Format::Html)))),
            ("all.xml", None),
            ("all.atom.gz", None),
            ("All.atom", None),
            ("..", None),
            ("a\r\nb.rss", None),
            ("", None),
        ];
        for (name, expected) in cases {
            let found = channel_name(name);
            let found = found.as_ref().map(|(slug, format)| (slug.as_str(), *format));
            assert_eq!(found, expected, "{name:?}");
        }
    }
}
