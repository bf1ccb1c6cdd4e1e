//! One connection: drives the protocol, ends it when a limit is reached, and lets it finish when it is told to leave.

use std::{convert::Infallible, future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
};
use hyper::{
    body::Incoming,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until},
};

use super::{
    ServerOptions,
    activity::{Activity, Protocol, Watched},
    throttle::{Client, Throttle},
};
use crate::web::{
    Site, answer,
    counts::{Counts, Route},
    site::Ready,
};

/// A client of HTTP/2 has so long to take note that the connection ends.
const GRACE: Duration = Duration::from_secs(1);

/// hyper takes no smaller one.
const LEAST_BUFFER: u32 = 8 * 1024;

/// What all connections of a server share.
pub(super) struct Shared {
    builder: Builder<TokioExecutor>,
    router: TowerToHyperService<Router>,
    ready: Option<Arc<dyn Ready>>,
    counts: Counts,
    throttle: Throttle,
    options: ServerOptions,
}

impl Shared {
    pub(super) fn new(site: Site, options: ServerOptions) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        // The buffer that headers are read into: what does not fit is refused. Bodies pass through it in pieces.
        builder.http1().max_buf_size(options.header_limit.max(LEAST_BUFFER) as usize);
        builder.http2().max_header_list_size(options.header_limit);
        let (counts, throttle) = (Counts::default(), Throttle::new(options.client_rate));
        let router = TowerToHyperService::new(site.router);
        Shared { builder, router, ready: site.ready, counts, throttle, options }
    }

    /// Has the router answer, and counts the answer.
    async fn answer(
        &self,
        client: &Client,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, Infallible> {
        let route = Route::of(request.uri().path());
        let line = tracing::enabled!(tracing::Level::DEBUG)
            .then(|| (request.method().clone(), request.uri().path().to_owned()));
        let response = match self.throttle.wait(client, request.headers()) {
            Some(wait) => answer::too_many_requests(wait),
            None => match self.ready(&request) {
                Some(ready) => ready,
                None => self.router.call(request).await?,
            },
        };
        let bytes = self.counts.count(route, &response);
        if let Some((method, path)) = line {
            let status = response.status().as_u16();
            tracing::debug!(%method, path, status, bytes, "{method} {path}: {status}");
        }
        Ok(response)
    }
}

impl Shared {
    fn ready(&self, request: &Request<Incoming>) -> Option<Response<Body>> {
        self.ready.as_ref()?.answer(request.method(), request.uri(), request.headers())
    }
}

/// Serves the connection until the client or a limit ends it, or until it is told to leave and nothing is under way.
pub(super) async fn attend(stream: TcpStream, shared: Arc<Shared>, activity: Arc<Activity>) {
    let _open = shared.counts.connection();
    let options = &shared.options;
    let client = Arc::new(shared.throttle.client(stream.peer_addr().ok()));
    let service = service_fn(|request: Request<Incoming>| {
        let (shared, client) = (Arc::clone(&shared), Arc::clone(&client));
        let answering = activity.answering(request.version());
        async move {
            let answered = shared.answer(&client, request).await;
            drop(answering);
            answered
        }
    });
    let io = TokioIo::new(Watched::new(stream, Arc::clone(&activity)));
    let mut connection = pin!(shared.builder.serve_connection(io, service));
    // Looks again at least this often, so that a deadline that comes nearer meanwhile is not missed.
    let step = options.header_timeout.min(options.idle_timeout);
    let mut alarm = pin!(sleep_until(Instant::now() + step));
    let mut leaving = false;
    let ended = poll_fn(|cx| {
        loop {
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(ended);
            }
            if !leaving && activity.is_told_to_leave(cx) {
                leaving = true;
                connection.as_mut().graceful_shutdown();
                alarm.as_mut().reset(Instant::now() + GRACE.min(step));
                continue;
            }
            if leaving && activity.owes_nothing(GRACE.min(step)) {
                return Poll::Ready(Ok(()));
            }
            if alarm.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let now = Instant::now();
            match activity.deadline(options) {
                Some(deadline) if deadline <= now && (leaving || activity.protocol() != Protocol::Http2) => {
                    return Poll::Ready(Ok(()));
                }
                // A client of HTTP/2 is told, so that it does not ask on a connection that is gone.
                Some(deadline) if deadline <= now => activity.tell_to_leave(),
                Some(deadline) => alarm.as_mut().reset(deadline.min(now + step)),
                None => alarm.as_mut().reset(now + step),
            }
        }
    });
    if let Err(error) = ended.await {
        // Clients that go away and clients that speak something else: theirs, and not worth a line each.
        tracing::debug!(error, "a connection ended: {error}");
    }
}
