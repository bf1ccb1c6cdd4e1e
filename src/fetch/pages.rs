//! Pages that we scrape: their host's robots.txt is asked first (RFC 9309).

use std::{borrow::Cow, sync::Arc};

use reqwest::Response;

use super::{
    Accept, FetchRequest, Fetcher,
    body::Collector,
    next_hop,
    redirect::{Trail, is_redirect},
    robots::{self, Robots},
};
use crate::model::{FeedUrl, FetchError, Validators};

/// RFC 9309 §2.3.1.2 asks for at least five.
const REDIRECTS: usize = 5;

impl Fetcher {
    /// Whether this page may be fetched.
    ///
    /// # Errors
    /// `Robots` where it may not; any other where the host does not answer: then the page would not come either, and
    /// that is the reason to tell.
    pub(super) async fn check_robots(&self, page: &FeedUrl) -> Result<(), FetchError> {
        let (now, page) = (self.clock.now(), page.url());
        let robots = match self.robots.get(page, now) {
            Some(known) => known,
            None => {
                let fresh = Arc::new(self.fetch_robots(page).await?);
                self.robots.put(page, &fresh, now);
                fresh
            }
        };
        let path = match page.query() {
            Some(query) => Cow::Owned(format!("{}?{query}", page.path())),
            None => Cow::Borrowed(page.path()),
        };
        let host = || page.host_str().unwrap_or_default().to_owned();
        if robots.allows(&path) { Ok(()) } else { Err(FetchError::Robots { host: host() }) }
    }

    /// 4xx allows all, 5xx nothing (§2.3.1.3 and 4); so do redirects that do not end (§2.3.1.2).
    async fn fetch_robots(&self, page: &url::Url) -> Result<Robots, FetchError> {
        let mut url = robots_url(page)?;
        let (mut trail, none) = (Trail::new(REDIRECTS), Validators::default());
        loop {
            let request =
                FetchRequest { url: &url, validators: &none, accept: Accept::Page, user_agent: None };
            let response = self.ask(&url, &request).await?;
            match response.status() {
                status if is_redirect(status) => match next_hop(&mut trail, &url, &response) {
                    Ok(next) => url = next,
                    Err(_) => return Ok(Robots::AllowAll),
                },
                status if status.is_success() => return self.read_robots(response).await,
                status if status.is_server_error() => return Ok(Robots::DenyAll),
                _ => return Ok(Robots::AllowAll),
            }
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
