//! What is going on on one connection: written by its stream and its requests, read by its task and by the accept loop. Cheap
//! enough for every request: a few plain stores.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::http::Version;
use futures_util::task::AtomicWaker;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Instant,
};

use super::ServerOptions;

/// The state of one connection. All moments are microseconds since it was accepted.
pub(super) struct Activity {
    accepted: Instant,
    protocol: AtomicU8,
    /// Requests that the router is answering.
    answering: AtomicUsize,
    /// When the client last took bytes of an answer or was last answered.
    moved: AtomicU64,
    /// When the first byte of the request that arrives was read, or `NOTHING`.
    arriving: AtomicU64,
    /// Bytes that were read and not yet followed by as many written ones.
    unanswered: AtomicUsize,
    /// The client does not take what was written.
    held_up: AtomicBool,
    told_to_leave: AtomicBool,
    task: AtomicWaker,
}

const NOTHING: u64 = u64::MAX;

/// What the client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// It has not asked anything yet.
    Unknown = 0,
    Http1 = 1,
    Http2 = 2,
}

impl Activity {
    pub(super) fn new(accepted: Instant) -> Self {
        Activity {
            accepted,
            protocol: AtomicU8::new(Protocol::Unknown as u8),
            answering: AtomicUsize::new(0),
            moved: AtomicU64::new(0),
            arriving: AtomicU64::new(NOTHING),
            unanswered: AtomicUsize::new(0),
            held_up: AtomicBool::new(false),
            told_to_leave: AtomicBool::new(false),
            task: AtomicWaker::new(),
        }
    }

    /// A request arrived; it is being answered until the guard is dropped.
    pub(super) fn answering(self: &Arc<Self>, version: Version) -> Answering {
        let protocol = if version == Version::HTTP_2 { Protocol::Http2 } else { Protocol::Http1 };
        self.protocol.store(protocol as u8, Relaxed);
        self.arriving.store(NOTHING, Relaxed);
        self.answering.fetch_add(1, Relaxed);
        Answering(Arc::clone(self))
    }

    /// When the connection is to be closed should nothing happen before; None while a request is being answered.
    pub(super) fn deadline(&self, options: &ServerOptions) -> Option<Instant> {
        if self.answering.load(Relaxed) > 0 {
            return None;
        }
        let idle = self.at(self.moved.load(Relaxed)) + options.idle_timeout;
        Some(match self.protocol() {
            Protocol::Unknown => self.accepted + options.header_timeout,
            // The other frames of HTTP/2 (settings, pings) begin no request.
            Protocol::Http2 => idle,
            Protocol::Http1 => {
                let arriving = self.arriving().filter(|_| !self.held_up.load(Relaxed));
                arriving.map_or(idle, |since| idle.min(since + options.header_timeout))
            }
        })
    }

    /// Since when nothing has been going on; None where something is.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let busy = self.answering.load(Relaxed) > 0
            || self.held_up.load(Relaxed)
            || self.told_to_leave.load(Relaxed)
            || (self.protocol() == Protocol::Http1 && self.arriving().is_some());
        (!busy).then(|| self.at(self.moved.load(Relaxed)))
    }

    /// Where the connection was told to leave: nothing is owed to the client, at the latest `grace` after the last answer.
    pub(super) fn owes_nothing(&self, grace: Duration) -> bool {
        let open = self.answering.load(Relaxed) > 0 || self.held_up.load(Relaxed);
        match self.protocol() {
            _ if open => false,
            Protocol::Unknown => true,
            Protocol::Http1 if self.arriving().is_some() => true,
            // HTTP/1 ends by itself, HTTP/2 once the client has read that it should; some never do.
            _ => self.at(self.moved.load(Relaxed)) + grace <= Instant::now(),
        }
    }

    pub(super) fn protocol(&self) -> Protocol {
        match self.protocol.load(Relaxed) {
            1 => Protocol::Http1,
            2 => Protocol::Http2,
            _ => Protocol::Unknown,
        }
    }

    /// Asks the connection's task to end it as soon as nothing is owed to the client.
    pub(super) fn tell_to_leave(&self) {
        self.told_to_leave.store(true, Relaxed);
        self.task.wake();
    }

    /// Whether `tell_to_leave` was called; the task is woken should it be called later.
    pub(super) fn is_told_to_leave(&self, cx: &Context<'_>) -> bool {
        self.task.register(cx.waker());
        self.told_to_leave.load(Relaxed)
    }

    fn arriving(&self) -> Option<Instant> {
        let since = self.arriving.load(Relaxed);
        (since != NOTHING).then(|| self.at(since))
    }

    fn read(&self, bytes: usize) {
        self.unanswered.fetch_add(bytes, Relaxed);
        if self.answering.load(Relaxed) == 0 && self.arriving.load(Relaxed) == NOTHING {
            self.arriving.store(self.now(), Relaxed);
        }
    }

    fn wrote(&self, bytes: usize) {
        self.held_up.store(false, Relaxed);
        let unanswered = self.unanswered.load(Relaxed);
        self.unanswered.store(unanswered.saturating_sub(bytes), Relaxed);
        // What HTTP/2 says to pings and settings is never longer than they are: a client can have it say that for ever,
        // without taking anything of an answer.
        if self.protocol() == Protocol::Http2 && bytes <= unanswered {
            return;
        }
        self.moved.store(self.now(), Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.accepted.elapsed().as_micros()).unwrap_or(NOTHING - 1)
    }

    fn at(&self, micros: u64) -> Instant {
        self.accepted + Duration::from_micros(micros)
    }
}

/// A request that is being answered.
pub(super) struct Answering(Arc<Activity>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.moved.store(self.0.now(), Relaxed);
        self.0.answering.fetch_sub(1, Relaxed);
    }
}

/// The stream of a connection; tells what moves on it.
pub(super) struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Watched { stream, activity }
    }

    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(written) => self.activity.wrote(*written.as_ref().unwrap_or(&0)),
            Poll::Pending => self.activity.held_up.store(true, Relaxed),
        }
        written
    }
}

impl AsyncRead for Watched {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let watched = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut watched.stream).poll_read(cx, buf);
        let bytes = buf.filled().len().saturating_sub(before);
        if bytes > 0 {
            watched.activity.read(bytes);
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let watched = self.get_mut();
        let written = Pin::new(&mut watched.stream).poll_write(cx, buf);
        watched.note(written)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let watched = self.get_mut();
        let written = Pin::new(&mut watched.stream).poll_write_vectored(cx, bufs);
        watched.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds after it was accepted that the connection is closed, if nothing happens any more.
    fn closes_after(activity: &Activity) -> Option<u64> {
        let limits = ServerOptions {
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            ..ServerOptions::default()
        };
        activity.deadline(&limits).map(|deadline| (deadline - activity.accepted).as_secs())
    }

    #[test]
    fn what_goes_on_decides_how_long_a_client_is_waited_for() {
        let activity = Arc::new(Activity::new(Instant::now()));
        activity.read(10);
        assert_eq!(closes_after(&activity), Some(10), "nothing was asked yet");
        let first = activity.answering(Version::HTTP_11);
        assert_eq!(closes_after(&activity), None, "a request is being answered");
        activity.held_up.store(true, Relaxed);
        drop(first);
        activity.read(10);
        assert_eq!(closes_after(&activity), Some(60), "the answer is being taken, whatever comes behind it");
        assert!(activity.idle_since().is_none());
        activity.wrote(10);
        assert_eq!(closes_after(&activity), Some(10), "the next request has begun");
        drop(activity.answering(Version::HTTP_11));
        assert_eq!(closes_after(&activity), Some(60), "kept for the next request");
        assert!(activity.idle_since().is_some());
        drop(activity.answering(Version::HTTP_2));
        activity.read(10);
        assert_eq!(closes_after(&activity), Some(60), "a frame is no request");
        activity.tell_to_leave();
        assert!(activity.idle_since().is_none(), "it leaves already");
    }
}
