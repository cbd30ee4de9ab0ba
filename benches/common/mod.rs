//! How the benchmarks take time.

use std::time::{Duration, Instant};

/// The best of five: what the machine can do when it does nothing else.
pub fn best(mut work: impl FnMut() -> usize) -> Duration {
    let timed = (0..5).map(|_| {
        let start = Instant::now();
        std::hint::black_box(work());
        start.elapsed()
    });
    timed.min().unwrap_or_default()
}
