//! The server below the router: takes connections, speaks HTTP/1.1 and HTTP/2 without TLS on them, and holds every client to
//! limits of time, size and number. Knows no documents; counts what is answered by kind of address, never by address.

mod activity;
mod connection;
mod throttle;

use std::{collections::HashMap, io, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    task::{Id, JoinError, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use activity::Activity;
use connection::Shared;

use super::Site;

/// What clients are held to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerOptions {
    /// Connections at the same time. When there are as many, idle ones are closed and further clients wait to be accepted.
    pub max_connections: usize,
    /// A request's headers must have arrived so long after their first byte, and the first request of a connection so long
    /// after it was accepted.
    pub header_timeout: Duration,
    /// A connection on which nothing moves is closed after so long: between two requests, and in the middle of an answer that
    /// the client does not take. A request that is being answered by the router is not idle, however long that takes.
    pub idle_timeout: Duration,
    /// Requests a minute of one client, of which it may save up those of half a minute; more are answered with 429. 0 for no
    /// limit. Clients behind a proxy on this machine are told apart by the last address in `X-Forwarded-For`; what comes from
    /// this machine without it is not limited.
    pub client_rate: u32,
    /// Bytes of a request's line and headers, at least 8 KiB; more is answered with 431 (RFC 6585 §5).
    pub header_limit: u32,
}

impl Default for ServerOptions {
    fn default() -> Self {
        ServerOptions {
            max_connections: 1024,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            client_rate: 1200,
            header_limit: 16 * 1024,
        }
    }
}

/// After an accept that failed. What it fails for (no file descriptors, no memory) does not pass at once.
const PAUSE: Duration = Duration::from_secs(1);

/// Answers on this listener until `stop`: then takes no new connection, closes idle ones, lets requests under way finish, and
/// returns when the last connection has ended. Dropping the future ends every connection at once.
pub async fn serve(
    listener: TcpListener,
    site: impl Into<Site>,
    options: ServerOptions,
    stop: CancellationToken,
) {
    let shared = Arc::new(Shared::new(site.into(), options.clone()));
    let mut open = Open::default();
    loop {
        let full = open.tasks.len() >= options.max_connections;
        open.note_full(full, options.max_connections);
        if full {
            open.make_room(options.makes_room_after());
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(ended) = open.tasks.join_next_with_id(), if !open.tasks.is_empty() => open.forget(ended),
            () = tokio::time::sleep(options.makes_room_after()), if full => {}
            stream = accept(&listener), if !full => open.begin(stream, &shared),
        }
    }
    // Whoever connects now is refused and may ask elsewhere.
    drop(listener);
    open.activities.values().for_each(|activity| activity.tell_to_leave());
    while let Some(ended) = open.tasks.join_next_with_id().await {
        open.forget(ended);
    }
}

impl ServerOptions {
    /// Where clients wait, a connection that was quiet for so long is closed for them.
    fn makes_room_after(&self) -> Duration {
        self.idle_timeout / 16
    }
}

/// The connections that are open.
#[derive(Default)]
struct Open {
    tasks: JoinSet<()>,
    activities: HashMap<Id, Arc<Activity>>,
    was_full: bool,
}

impl Open {
    fn begin(&mut self, stream: TcpStream, shared: &Arc<Shared>) {
        // Answers are written whole: waiting for more to fill a packet only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        let activity = Arc::new(Activity::new(Instant::now()));
        let task = connection::attend(stream, Arc::clone(shared), Arc::clone(&activity));
        self.activities.insert(self.tasks.spawn(task).id(), activity);
    }

    fn forget(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "a connection ended in a fault of the program");
                error.id()
            }
        };
        self.activities.remove(&id);
    }

    /// Closes the connection that has been idle the longest.
    fn make_room(&self, after: Duration) {
        let now = Instant::now();
        let idle = self.activities.values().filter_map(|activity| Some((activity.idle_since()?, activity)));
        let longest = idle.filter(|(since, _)| *since + after <= now).min_by_key(|(since, _)| *since);
        if let Some((_, activity)) = longest {
            activity.tell_to_leave();
        }
    }

    /// Says so once, until there is plenty of room again.
    fn note_full(&mut self, full: bool, most: usize) {
        if full && !self.was_full {
            tracing::warn!(
                "{most} connections are open, as many as server.max_connections allows; others wait"
            );
        }
        self.was_full = full || (self.was_full && self.tasks.len() > most / 2);
    }
}

/// The next connection. A failure is a pause, not the end and not a busy loop.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // The client's own: it went away while it waited.
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted now, trying again: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
