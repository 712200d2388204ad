//! Tests of what several threads access at once without a GIL, also when the Python of the build has one.

#[allow(dead_code, reason = "the tests do not need all of it")]
#[path = "../../src/storage/cached.rs"]
mod cached;
#[allow(dead_code, reason = "the tests do not need all of it")]
#[path = "../../src/storage/pin.rs"]
mod pin;

use std::hint;
use std::sync::Barrier;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use cached::Cached;
use pin::Pin;

const THREADS: usize = 3;

/// Calls `f` with a number on each of several threads, which start at once.
fn on_threads(f: impl Fn(usize) + Sync) {
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (f, start) = (&f, &start);
            scope.spawn(move || {
                start.wait();
                f(number);
            });
        }
    });
}

/// Returns the term of the entry at `index` in the log of this version.
fn term(version: u64, index: u64) -> u64 {
    version * 1_000_003 + index * 7
}

#[test]
fn cached_terms_are_those_of_their_index_and_version() {
    let cached = Cached::<true>::default();
    on_threads(|number| {
        let first = number as u64;
        for round in 0..50_000_000_u64 {
            let (version, index) = (1 + round / 1000 % 2, 1 + (round + first) % 3);
            let result = cached.get_or_query(version, index, || Ok(term(version, index)));
            assert_eq!(result, Ok(term(version, index)), "version {version}, index {index}");
        }
    });
}

/// One thread is a node that calls, the others compact the log.
#[test]
fn log_is_not_compacted_beyond_the_applied_index_during_a_call() {
    let pin = Pin::<true>::default();
    let [first_index, calls, compactions, rejections, faults] = [const { AtomicU64::new(0) }; 5];
    let has_happened = |event: &AtomicU64, times| event.load(Relaxed) >= times;
    let is_done = || {
        let has_tried = has_happened(&compactions, 1000) && has_happened(&rejections, 1000);
        has_happened(&calls, 1_000_000) && has_tried || has_happened(&faults, 1)
    };
    on_threads(|number| {
        while !is_done() {
            let applied = first_index.load(Relaxed);
            if number > 0 {
                let compacted = pin.compact(applied + 1, || first_index.fetch_max(applied + 1, Relaxed));
                if compacted.is_ok() { &compactions } else { &rejections }.fetch_add(1, Relaxed);
                continue;
            }
            pin.begin_call(applied);
            let reads = [(); 16].map(|()| first_index.load(Relaxed));
            pin.end_call();
            let [before, .., after] = reads;
            faults.fetch_add(u64::from(before <= applied && after != before), Relaxed);
            let pause = calls.fetch_add(1, Relaxed) % 64;
            (0..pause).for_each(|_| hint::spin_loop());
        }
    });
    assert_eq!(faults.into_inner(), 0, "the log was compacted too far during a call");
}
