//! Whose turn a collection has: one host's at a time, and a place among those that are asked, read or written. Asks
//! nobody.

use tokio::sync::SemaphorePermit;

use super::{Ingest, IngestError, Urgency};
use crate::{
    fetch::Turns,
    model::{FeedUrl, Source, Timestamp},
    schedule::HostPass,
};

/// The turn of one collection.
pub(super) struct Turn<'a> {
    ingest: &'a Ingest,
    /// The host that may be asked, until it is left.
    at: Option<(String, HostPass)>,
    /// Nothing was asked with it yet.
    is_fresh: bool,
    place: Option<SemaphorePermit<'a>>,
    /// Somebody looks on: it goes before all who wait for its host, and needs no place.
    is_first: bool,
}

/// Why a host may not be asked now.
#[derive(Debug)]
pub(super) enum NoTurn {
    /// It wants no request until then: for hours perhaps, which nobody waits for.
    Held(Timestamp),
    /// The daemon stops.
    Stopping,
}

impl<'a> Turn<'a> {
    /// Of a collection that asks nobody.
    pub(super) fn none(ingest: &'a Ingest) -> Self {
        Turn { ingest, at: None, is_fresh: false, place: None, is_first: false }
    }

    /// Waits for the host's turn, then for a place.
    pub(super) async fn begin(
        ingest: &'a Ingest,
        source: &Source,
        authority: String,
        urgency: &Urgency,
    ) -> Result<Self, NoTurn> {
        let (gate, places) = (&ingest.0.gate, &ingest.0.places);
        let first = async {
            if source.state.asked.is_none() {
                urgency.0.notified().await;
            }
            (gate.enter_first(&authority).await, None, true)
        };
        let in_turn = async {
            let pass = gate.enter(&authority).await;
            // Closed never.
            (pass, places.acquire().await.ok(), false)
        };
        let (pass, place, is_first) = tokio::select! {
            biased;
            () = ingest.0.stopping.cancelled() => return Err(NoTurn::Stopping),
            turn = first => turn,
            turn = in_turn => turn,
        };
        let at = Some((authority, pass.map_err(NoTurn::Held)?));
        Ok(Turn { ingest, at, is_fresh: true, place, is_first })
    }

    /// The host is not asked any more, for now: the next in its line may.
    pub(super) fn leave(&mut self) {
        self.at = None;
    }

    /// The place alone, which is kept until all is written.
    pub(super) fn into_place(self) -> Option<SemaphorePermit<'a>> {
        self.place
    }

    async fn enter(&self, authority: String) -> Result<(String, HostPass), Timestamp> {
        let gate = &self.ingest.0.gate;
        let pass =
            if self.is_first { gate.enter_first(&authority).await } else { gate.enter(&authority).await };
        Ok((authority, pass?))
    }
}

impl Turns for Turn<'_> {
    type Refusal = NoTurn;

    async fn take(&mut self, url: &FeedUrl) -> Result<(), NoTurn> {
        let authority = url.authority();
        let same = self.at.take().filter(|(host, _)| *host == authority);
        if std::mem::take(&mut self.is_fresh) && same.is_some() {
            self.at = same;
            return Ok(());
        }
        // Whoever has a turn waits for a place: nobody may keep a place while waiting for a turn.
        self.place = None;
        let entering = async {
            match same {
                Some((host, mut pass)) => pass.again().await.map(|()| (host, pass)),
                None => self.enter(authority).await,
            }
        };
        let entered = tokio::select! {
            biased;
            () = self.ingest.0.stopping.cancelled() => return Err(NoTurn::Stopping),
            entered = entering => entered,
        };
        self.at = Some(entered.map_err(NoTurn::Held)?);
        if !self.is_first {
            self.place = self.ingest.0.places.acquire().await.ok();
        }
        Ok(())
    }
}

impl NoTurn {
    /// Until when the host wants no request.
    ///
    /// # Errors
    /// `Stopping` where that is not the reason.
    pub(super) fn until(self) -> Result<Timestamp, IngestError> {
        match self {
            NoTurn::Held(until) => Ok(until),
            NoTurn::Stopping => Err(IngestError::Stopping),
        }
    }
}
