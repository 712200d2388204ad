//! After a call of the system that fails, nothing is acknowledged any more, and nothing acknowledged is lost.

use std::sync::{Arc, Barrier};
use std::thread;

use raft::eraftpb::Entry;

use crate::model::{self, Model};
use crate::wal::errors::{Error, Result};
use crate::wal::log::Wal;
use crate::wal::memory::{Effect, Fault, MemoryFileSystem, Operation, State};
use crate::wal::random::Random;
use crate::wal::write::Write;
use crate::workload::{self, Run, options};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// Works on a log until it fails.
fn work(wal: &Wal, files: &MemoryFileSystem, run: &mut Run, random: &mut Random) -> Result<()> {
    for _ in 0..12 {
        let ticket = workload::submit(wal, files, run, random)?;
        wal.wait(ticket)?;
        run.acknowledge(files);
    }
    wal.mark()?;
    wal.close()
}

/// A log that exists already, or none.
fn begin(exists: bool, random: &mut Random) -> (State, Model) {
    let files = MemoryFileSystem::default();
    if !exists {
        return (State::default(), Model::new());
    }
    let mut run = Run::new(Model::new());
    let wal = Wal::open(Arc::new(files.clone()), &options(1500)).unwrap();
    for _ in 0..6 {
        let ticket = workload::submit(&wal, &files, &mut run, random).unwrap();
        wal.wait(ticket).unwrap();
    }
    drop(wal);
    (files.state(), run.models.pop().unwrap())
}

/// Lets one call fail, and returns whether there were so many calls.
fn fail(seed: u64, exists: bool, fault: Fault) -> bool {
    let mut random = Random(seed);
    let (state, model) = begin(exists, &mut random);
    let (files, mut run) = (MemoryFileSystem::new(state, seed), Run::new(model));
    files.record();
    files.fail(fault);
    match Wal::open(Arc::new(files.clone()), &options(1500)) {
        Err(error) => assert!(matches!(error, Error::Io { .. } | Error::Failed { .. }), "{error}"),
        Ok(wal) => match work(&wal, &files, &mut run, &mut random) {
            Ok(()) => {}
            // A snapshot that can't be written is not part of the log.
            Err(Error::Io { .. }) => assert_eq!(wal.submit(Vec::new()).and_then(|ticket| wal.wait(ticket)), Ok(())),
            Err(error @ Error::Failed { .. }) => {
                let again = wal.submit(vec![Write { group: 1, commit: Some(0), ..Write::default() }]);
                assert!([error.clone(), Error::Closed].map(Err).contains(&again), "{again:?}");
                assert!(wal.close() == Err(error) || again == Err(Error::Closed));
            }
            Err(error) => panic!("{error}"),
        },
    }
    if !files.faults().is_empty() {
        return false;
    }

    // What the next process reads is persisted, even if the system has forgotten to write it.
    let possible = run.possible(usize::MAX);
    let wal = Wal::open(Arc::new(files.clone()), &options(1500)).expect("it can be opened again");
    let found = model::read(&wal).unwrap();
    assert!(possible.contains(&found), "{fault:?}: {found:#?} is none of {possible:#?}");
    for _ in 0..5 {
        let crashed = MemoryFileSystem::new(files.state().crash(&mut random), 1);
        let wal = Wal::open(Arc::new(crashed), &options(1500)).expect("a crash is no damage");
        assert_eq!(model::read(&wal).unwrap(), found, "{fault:?}");
    }
    work(&wal, &files, &mut Run::new(found), &mut random).expect("it works again");
    true
}

#[test]
fn each_call_that_fails_stops_the_log_and_loses_nothing() {
    let mut count = 0;
    for seed in 0..20 {
        for (exists, number) in [(true, EIO), (false, EIO), (true, ENOSPC)] {
            let mut after = 0;
            while fail(seed, exists, Fault { operation: None, after, effect: Effect::Fail(number) }) {
                after += 1;
            }
            assert!(after > 50, "{after}");
            count += after;
        }
    }
    println!("{count} calls failed");
}

#[test]
fn threads_that_wait_for_one_that_panics_get_an_error() {
    for operation in [Operation::Write, Operation::Sync] {
        let files = MemoryFileSystem::new(State::default(), 1);
        let wal = Wal::open(Arc::new(files.clone()), &options(1500)).unwrap();
        wal.wait(wal.submit(vec![entry(1)]).unwrap()).unwrap();
        files.fail(Fault { operation: Some(operation), after: 0, effect: Effect::Panic });
        let ticket = wal.submit(vec![entry(2)]).unwrap();
        let barrier = Barrier::new(4);
        let wait = || {
            barrier.wait();
            wal.wait(ticket)
        };

        let results = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(wait)).collect();
            threads.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
        });

        assert_eq!(results.iter().filter(|result| result.is_err()).count(), 1, "one thread panics");
        let failed = Error::Failed { reason: "a thread panicked while it was writing".to_owned() };
        assert_eq!(results.into_iter().flatten().collect::<Vec<_>>(), vec![Err(failed.clone()); 3]);
        assert_eq!(wal.close(), Err(failed));
        assert_eq!(wal.close(), Ok(()));
        let wal = Wal::open(Arc::new(files), &options(1500)).expect("the directory is not locked any more");
        assert!(wal.group(1).read().last_index() >= 1, "what was persisted before is there");
    }
}

fn entry(index: u64) -> Write {
    let entry = Entry { index, term: 1, ..Entry::default() };
    Write { group: 1, entries: vec![entry], ..Write::default() }
}
