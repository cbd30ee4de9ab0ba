//! How late it is in a stream, by its events and, while none comes, by the clock on the wall.
//!
//! In: the newest time of an event so far. Out: the time before which no event is waited for. Law: no event from the future makes others
//! late: it counts as one of now.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

pub struct Clock {
    /// So many microseconds later than newer ones events may come.
    late: i64,
    /// How many events there were, and since when.
    events: usize,
    since: Instant,
}

impl Clock {
    pub fn new(late: i64) -> Clock {
        Clock { late, events: 0, since: Instant::now() }
    }

    /// `latest`: the newest time of so many events.
    pub fn watermark(&mut self, latest: Option<i64>, events: usize) -> Option<i64> {
        if events != self.events {
            (self.events, self.since) = (events, Instant::now());
        }
        let waited = i64::try_from(self.since.elapsed().as_micros()).unwrap_or(i64::MAX);
        Some(latest?.min(now()).saturating_add(waited).saturating_sub(self.late))
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
