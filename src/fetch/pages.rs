//! Pages that we scrape: their host's robots.txt is asked first (RFC 9309).

use std::{borrow::Cow, sync::Arc, time::Duration};

use reqwest::{Response, StatusCode};

use super::{
    Accept, FetchRequest, Fetcher, Turns, Way,
    body::Collector,
    headers, next_hop,
    redirect::{Trail, is_redirect},
    robots::{self, Robots},
    turns::{Budget, Halt},
};
use crate::model::{FeedUrl, FetchError, FetchOutcome, Validators};

/// RFC 9309 §2.3.1.2 asks for at least five.
const REDIRECTS: usize = 5;

/// What came of asking for robots.txt.
enum Answered {
    Rules(Robots),
    TooMany { retry_after: Option<Duration> },
}

impl Fetcher {
    /// Whether the page that `way` has come to may be fetched. What is to be told in place of it, where its host asks for
    /// fewer requests.
    ///
    /// # Errors
    /// `Robots` where it may not; any other where the host does not answer: then the page would not come either, and
    /// that is the reason to tell.
    pub(super) async fn check_robots<T: Turns>(
        &self,
        way: &mut Way<'_>,
        turns: &mut T,
    ) -> Result<Option<FetchOutcome>, Halt<T::Refusal>> {
        let (now, page) = (self.clock.now(), way.url.url());
        let robots = match self.robots.get(page, now) {
            Some(known) => known,
            None => match self.fetch_robots(page, &mut way.budget, turns).await? {
                Answered::Rules(fresh) => {
                    let fresh = Arc::new(fresh);
                    self.robots.put(page, &fresh, now);
                    fresh
                }
                Answered::TooMany { retry_after } => {
                    way.status = Some(StatusCode::TOO_MANY_REQUESTS.as_u16());
                    return Ok(Some(FetchOutcome::RateLimited { retry_after }));
                }
            },
        };
        let path = match page.query() {
            Some(query) => Cow::Owned(format!("{}?{query}", page.path())),
            None => Cow::Borrowed(page.path()),
        };
        let host = || page.host_str().unwrap_or_default().to_owned();
        if robots.allows(&path) { Ok(None) } else { Err(FetchError::Robots { host: host() }.into()) }
    }

    /// 4xx allows all, 5xx nothing (§2.3.1.3 and 4); so do redirects that do not end (§2.3.1.2). 429 is no answer to what
    /// was asked: the host has its peace.
    async fn fetch_robots<T: Turns>(
        &self,
        page: &url::Url,
        budget: &mut Budget,
        turns: &mut T,
    ) -> Result<Answered, Halt<T::Refusal>> {
        let mut url = robots_url(page)?;
        let (mut trail, none) = (Trail::new(REDIRECTS), Validators::default());
        loop {
            let request =
                FetchRequest { url: &url, validators: &none, accept: Accept::Page, user_agent: None };
            turns.take(&url).await.map_err(Halt::Refused)?;
            let response = budget.spend(self.ask(&url, &request)).await?;
            let robots = match response.status() {
                status if is_redirect(status) => match next_hop(&mut trail, &url, &response) {
                    Ok(next) => {
                        url = next;
                        continue;
                    }
                    Err(_) => Robots::AllowAll,
                },
                StatusCode::TOO_MANY_REQUESTS => {
                    let freshness = headers::freshness(response.headers(), self.clock.now());
                    return Ok(Answered::TooMany { retry_after: freshness.retry_after });
                }
                status if status.is_success() => budget.spend(self.read_robots(response)).await?,
                status if status.is_server_error() => Robots::DenyAll,
                _ => Robots::AllowAll,
            };
            return Ok(Answered::Rules(robots));
        }
    }

    /// The beginning of the file counts, however long it is.
    async fn read_robots(&self, mut response: Response) -> Result<Robots, FetchError> {
        let mut collector = Collector::new(response.headers(), robots::LIMIT)?;
        while let Some(chunk) = self.chunk(&mut response).await? {
            match collector.take(&chunk) {
                Ok(()) => {}
                Err(FetchError::TooLarge { .. }) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(Robots::read(&collector.into_beginning()))
    }
}

fn robots_url(page: &url::Url) -> Result<FeedUrl, FetchError> {
    page.join("/robots.txt")
        .ok()
        .and_then(|url| FeedUrl::try_from(url).ok())
        .ok_or_else(|| FetchError::Robots { host: page.host_str().unwrap_or_default().to_owned() })
}
