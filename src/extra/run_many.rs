//! `run_many`: one call, and one wait for the log, for the rounds of many loops.

use std::sync::Arc;

use atomic_refcell::AtomicRefMut;
use pyo3::exceptions::PyTypeError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{Borrowed, type_hint_identifier, type_hint_subscript};

use crate::binding::convert::{BytesLike, Many, Owned, callable, expected};
use crate::binding::process::{Callback, detached};
use crate::errors::wal_error;
use crate::extra::cycle::Cycle;
use crate::extra::incoming::{IncomingMessages, Input, check_ticks};
use crate::extra::ready_batch::PyReadyBatchRef;
use crate::extra::ready_loop::{MAX, PyReadyLoop};
use crate::storage::wal::open::OpenWal;
use crate::wal::errors::Error;

/// Argument: a loop and its input.
pub struct Work {
    ready_loop: Py<PyReadyLoop>,
    msgs: Option<Many<IncomingMessages>>,
    data: Option<Many<BytesLike>>,
    ticks: u32,
    reads: Option<Many<BytesLike>>,
}

impl Work {
    fn start(&mut self, py: Python<'_>) -> PyResult<Running<'_>> {
        let Self { ready_loop, msgs, data, ticks, reads } = self;
        let ready_loop = ready_loop.get();
        let mut input = Input { msgs: msgs.as_mut(), data: data.as_mut(), ticks: *ticks, reads: reads.as_mut() };
        let (mut cycle, mut limit) = (ready_loop.cycle()?, MAX.get());
        ready_loop.start(py, &mut cycle, &mut input, &mut limit)?;
        Ok(Running { ready_loop, cycle, limit })
    }
}

/// A loop that runs.
struct Running<'a> {
    ready_loop: &'a PyReadyLoop,
    cycle: AtomicRefMut<'a, Cycle>,
    /// The number of `Ready`s that may still be handled.
    limit: usize,
}

impl Running<'_> {
    fn waits_for(&self) -> Option<&Arc<OpenWal>> {
        self.ready_loop.waits_for(&self.cycle)
    }

    fn proceed(&mut self, py: Python<'_>) -> PyResult<()> {
        self.ready_loop.proceed(py, &mut self.cycle, &mut self.limit)
    }

    fn finish(mut self) -> Option<Owned<PyReadyBatchRef>> {
        if self.waits_for().is_some() { None } else { self.cycle.finish() }
    }
}

impl FromPyObject<'_, '_> for Work {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_identifier!("rraft.protocols", "LoopInput");

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(ready_loop) = object.cast::<PyReadyLoop>() {
            let ready_loop = ready_loop.to_owned().unbind();
            return Ok(Self { ready_loop, msgs: None, data: None, ticks: 0, reads: None });
        }
        let what = "a ReadyLoop, or a tuple of a ReadyLoop, msgs, data, ticks and reads";
        let items = object.cast::<PyTuple>().map_err(|_| expected(what, &object))?;
        if !(1..=5).contains(&items.len()) {
            return Err(PyTypeError::new_err(format!("expected {what}, got a tuple of {} items", items.len())));
        }
        let ready_loop = items.get_item(0)?;
        let ready_loop =
            ready_loop.cast_into::<PyReadyLoop>().map_err(|error| expected(what, error.into_inner().as_any()))?;
        let item = |position| items.get_item(position).ok();
        let msgs = item(1).map_or(Ok(None), |msgs| msgs.extract())?;
        let data = item(2).map_or(Ok(None), |data| data.extract())?;
        let ticks = item(3).map_or(Ok(0), |ticks| ticks.extract())?;
        check_ticks(ticks)?;
        let reads = item(4).map_or(Ok(None), |reads| reads.extract())?;
        Ok(Self { ready_loop: ready_loop.unbind(), msgs, data, ticks, reads })
    }
}

/// Argument: a function without arguments.
pub struct Function(Py<PyAny>);

impl FromPyObject<'_, '_> for Function {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("collections.abc", "Callable"),
        PyStaticExpr::List { elts: &[] },
        type_hint_identifier!("builtins", "object")
    );

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        callable(&object).map(Self)
    }
}

/// Result: what `ReadyLoop.run` would have returned or raised.
pub struct Outcome(PyResult<Option<Owned<PyReadyBatchRef>>>);

impl<'py> IntoPyObject<'py> for Outcome {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = type_hint_identifier!("rraft.protocols", "LoopResult");

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        match self.0 {
            Ok(Some(batch)) => batch.into_pyobject(py).map(Bound::into_any),
            Ok(None) => Ok(py.None().into_bound(py)),
            Err(error) => Ok(error.into_value(py).into_bound(py).into_any()),
        }
    }
}

/// Runs many loops with one wait for their log: an fsync for all of them, without the GIL. Each item of `work` is a
/// `ReadyLoop`, or a tuple of a `ReadyLoop` and of the arguments `msgs`, `data`, `ticks` and `reads` of
/// `ReadyLoop.run`, of which the last ones may be left out.
///
/// Returns for each item, in order, what `run` would have returned: a `ReadyBatch` or `None`; or the exception that it
/// would have raised. Another item is not affected by it.
///
/// `before_wait` is called, without arguments, before each wait. The outboxes contain the messages then that may be
/// sent before the log is durable, such as those with which a leader replicates entries. If it raises, so does
/// `run_many`, and the next call continues; the first exception of an item, if there is one, becomes its `__context__`.
///
/// With `wait=False`, it returns instead of waiting. `ReadyLoop.is_waiting` then says of which loops the log has to be
/// durable: their items are `None`, and the next call of `run_many` or `run` continues, for example on another thread.
/// The outboxes contain what `before_wait` would find there.
///
/// Raises `TypeError` for an item that is none of these, and when `before_wait` is not callable, before any work is
/// done.
///
/// ```python
/// >>> loop = ReadyLoop(node)
/// >>> node.campaign()
/// >>> [batch] = run_many([(loop, None, [b"data"])])
/// >>> [data for index, term, data in batch.take_committed_data()]
/// [b'', b'data']
///
/// ```
///
/// Beyond raft-rs.
#[pyfunction]
#[pyo3(signature = (work, *, before_wait = None, wait = true))]
pub fn run_many(
    py: Python<'_>,
    mut work: Many<Work>,
    before_wait: Option<Function>,
    wait: bool,
) -> PyResult<Vec<Outcome>> {
    let mut rounds = work.0.iter_mut().map(|work| work.start(py)).collect::<Vec<_>>();
    loop {
        let mut logs: Vec<Arc<OpenWal>> = Vec::new();
        for log in rounds.iter().flatten().filter_map(Running::waits_for) {
            if !logs.iter().any(|other| Arc::ptr_eq(other, log)) {
                logs.push(log.clone());
            }
        }
        if logs.is_empty() || !wait {
            break;
        }
        if let Some(before_wait) = &before_wait {
            let _callback = Callback::start(py)?;
            if let Err(error) = before_wait.0.call0(py) {
                // The exceptions of items are not raised again, so the first one is not lost.
                let first = rounds.into_iter().find_map(Result::err);
                if first.is_some() && error.context(py).is_none() {
                    error.set_context(py, first);
                }
                return Err(error);
            }
        }
        let waited = detached(py, || logs.iter().map(|log| log.sync()).collect::<Vec<_>>());
        for round in &mut rounds {
            let Ok(running) = round else { continue };
            let Some(log) = running.waits_for() else { continue };
            let position = logs.iter().position(|other| Arc::ptr_eq(other, log));
            let result = position.and_then(|position| waited[position].as_ref().err());
            if let Err(error) = proceed(py, running, result) {
                *round = Err(error);
            }
        }
    }
    Ok(rounds.into_iter().map(|round| Outcome(round.map(Running::finish))).collect())
}

fn proceed(py: Python<'_>, running: &mut Running<'_>, failure: Option<&Error>) -> PyResult<()> {
    failure.map_or_else(|| running.proceed(py), |error| Err(wal_error(error.clone())))
}
