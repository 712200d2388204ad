//! After a crash at any moment, all that `wait` has acknowledged is there, and nothing else than what was submitted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::model::{self, Model};
use crate::wal::log::Wal;
use crate::wal::memory::{MemoryFileSystem, State};
use crate::wal::random::Random;
use crate::workload::{self, Run, options};

/// How many crashes are tried.
fn count() -> usize {
    std::env::var("RRAFT_WAL_CRASHES").ok().map_or(100_000, |count| count.parse().expect("a number"))
}

/// Opens what a crash left, and checks that it has one of the states that it may have.
fn recover(state: State, seed: u64, possible: &[Model]) -> (MemoryFileSystem, Model) {
    let files = MemoryFileSystem::new(state, seed);
    let wal = Wal::open(Arc::new(files.clone()), &options(2000)).expect("a crash is no damage");
    let model = model::read(&wal).expect("a crash is no damage");
    assert!(possible.contains(&model), "{model:#?} is none of {possible:#?}");
    (files, model)
}

/// Crashes at each moment of a run; of some, the log goes on, and crashes again. Returns the number of crashes.
fn crash_everywhere(run: &Run, depth: usize, random: &mut Random) -> usize {
    let mut count = 0;
    for (moment, state) in run.history.iter().enumerate() {
        // The process alone crashes: what the next one reads survives a crash of the machine.
        if random.below(4) == 0 {
            let (files, model) = recover(state.clone(), random.next(), run.possible(moment));
            recover(files.state().crash(random), random.next(), &[model]);
            count += 2;
        }
        for _ in 0..3 {
            let possible = run.possible(moment);
            let (files, model) = recover(state.crash(random), random.next(), possible);
            count += 1;
            if depth > 0 && random.below(150) == 0 {
                let next = workload::run(&files, model, 5, random);
                count += crash_everywhere(&next, depth - 1, random);
            }
        }
    }
    count
}

/// Runs a workload from a seed, and crashes at each moment. Returns the number of crashes.
fn crash_workload(seed: u64) -> usize {
    let mut random = Random(seed);
    let files = MemoryFileSystem::new(State::default(), random.next());
    let run = workload::run(&files, Model::new(), 30, &mut random);
    crash_everywhere(&run, 2, &mut random)
}

#[test]
fn acknowledged_writes_survive_every_crash() {
    let (tried, seeds) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let count = count();
    let work = || {
        while tried.load(Ordering::Relaxed) < count {
            let seed = seeds.fetch_add(1, Ordering::Relaxed) as u64;
            let crashes = std::panic::catch_unwind(|| crash_workload(seed));
            tried.fetch_add(crashes.unwrap_or_else(|_| panic!("seed {seed}")), Ordering::Relaxed);
        }
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        (0..threads).for_each(|_| drop(scope.spawn(work)));
    });
    println!("{} crashes of {} workloads", tried.into_inner(), seeds.into_inner());
}
