//! The input of a `ReadyLoop`: messages, ticks, reads and proposals.

use std::mem;

use pyo3::exceptions::PyValueError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use pyo3::{Borrowed, PyTypeInfo, type_hint_union};

use crate::binding::convert::{BytesLike, Many, bytes_object};
use crate::binding::handle::Wrapper;
use crate::eraftpb::codec;
use crate::eraftpb::message::PyMessageRef;
use crate::extra::messages::{Messages, PyMessagesRef};
use crate::extra::ready_batch::ReadyBatch;
use crate::extra::rejected::{RejectedItems, Results, make_exceptions};
use crate::raw_node::guarded::GuardedNode;

/// Argument: an incoming message as a `Message` or as its encoding, or several in a `Messages`.
pub enum IncomingMessages {
    Single(Py<PyMessageRef>),
    Several(Py<PyMessagesRef>),
    /// The content of a `Messages`, or the reason why it can't be taken.
    Taken(PyResult<Messages>),
    Encoded(PyBackedBytes),
}

impl FromPyObject<'_, '_> for IncomingMessages {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr =
        type_hint_union!(PyMessageRef::TYPE_HINT, PyMessagesRef::TYPE_HINT, BytesLike::INPUT_TYPE);

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(message) = object.cast::<PyMessageRef>() {
            return Ok(Self::Single(message.to_owned().unbind()));
        }
        if let Ok(messages) = object.cast::<PyMessagesRef>() {
            return Ok(Self::Several(messages.to_owned().unbind()));
        }
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Self::Encoded(bytes.to_owned().into()));
        }
        let bytes = object.extract::<BytesLike>()?;
        Ok(Self::Encoded(bytes_object(object.py(), &bytes.0)?.into()))
    }
}

/// Takes the messages of each `Messages`: without the GIL, this would fail whenever the garbage collector visits one.
pub fn take_each(mut incoming: Vec<IncomingMessages>) -> Vec<IncomingMessages> {
    for messages in &mut incoming {
        if let IncomingMessages::Several(several) = messages {
            *messages = IncomingMessages::Taken(several.get().take_value());
        }
    }
    incoming
}

/// Steps messages. Each message of a `Messages` has its own position in the result.
pub fn step_each(node: &mut GuardedNode, incoming: Vec<IncomingMessages>) -> RejectedItems {
    let mut results = Results::default();
    for messages in incoming {
        match messages {
            IncomingMessages::Single(message) => {
                results.add(message.get().read(Clone::clone).and_then(|message| node.step(message)));
            }
            IncomingMessages::Several(messages) => step_taken(node, messages.get().take_value(), &mut results),
            IncomingMessages::Taken(messages) => step_taken(node, messages, &mut results),
            IncomingMessages::Encoded(bytes) => {
                results.add(codec::decode(&bytes).and_then(|message| node.step(message)));
            }
        }
    }
    results.into_rejected()
}

fn step_taken(node: &mut GuardedNode, messages: PyResult<Messages>, results: &mut Results) {
    match messages {
        Ok(messages) => messages.0.into_iter().for_each(|message| results.add(node.step(message))),
        Err(error) => results.add(Err(error)),
    }
}

/// Proposes entries with these data.
pub fn propose_each(node: &mut GuardedNode, data: Vec<BytesLike>) -> RejectedItems {
    let mut results = Results::default();
    for data in data {
        results.add(node.propose(Vec::new(), data.0));
    }
    results.into_rejected()
}

fn read_each(node: &mut GuardedNode, contexts: Vec<BytesLike>) -> RejectedItems {
    let mut results = Results::default();
    for context in contexts {
        results.add(node.read_index(context.0));
    }
    results.into_rejected()
}

/// The maximum number of ticks in one round: more would block for a noticeable time.
const MAX_TICKS: u32 = 10_000;

/// What a node receives in one round.
#[derive(Default)]
pub struct Input {
    msgs: Vec<IncomingMessages>,
    ticks: u32,
    reads: Vec<BytesLike>,
    data: Vec<BytesLike>,
}

impl Input {
    /// Collects the arguments of a call. Raises `ValueError` for more than 10,000 ticks.
    pub fn new(
        msgs: Option<Many<IncomingMessages>>,
        data: Option<Many<BytesLike>>,
        ticks: u32,
        reads: Option<Many<BytesLike>>,
    ) -> PyResult<Self> {
        if ticks > MAX_TICKS {
            return Err(PyValueError::new_err(format!("ticks: expected at most {MAX_TICKS}, got {ticks}")));
        }
        let bytes = |many: Option<Many<BytesLike>>| many.map_or_else(Vec::new, |many| many.0);
        Ok(Self { msgs: msgs.map_or_else(Vec::new, |msgs| msgs.0), ticks, reads: bytes(reads), data: bytes(data) })
    }

    /// Returns about how much work the input is.
    pub fn size(&self) -> usize {
        self.msgs.len() + self.reads.len() + self.data.len()
    }

    /// See [`take_each`].
    pub fn take_messages(&mut self) {
        self.msgs = take_each(mem::take(&mut self.msgs));
    }

    /// Passes the input to the node. The ticks come after the messages, which may be of a leader, and the proposals last.
    pub fn apply(self, node: &mut GuardedNode) -> Rejected {
        let messages = step_each(node, self.msgs);
        for _ in 0..self.ticks {
            node.tick();
        }
        let reads = read_each(node, self.reads);
        Rejected { messages, reads, proposals: propose_each(node, self.data) }
    }
}

/// What the node has rejected.
pub struct Rejected {
    messages: RejectedItems,
    reads: RejectedItems,
    proposals: RejectedItems,
}

impl Rejected {
    /// Adds the rejected items to a batch, which is created if there are any.
    pub fn add_to(mut self, batch: &mut Option<Box<ReadyBatch>>, py: Python<'_>) {
        let all = [&mut self.messages.0, &mut self.reads.0, &mut self.proposals.0];
        if all.iter().all(|rejected| rejected.is_empty()) {
            return;
        }
        for rejected in all {
            make_exceptions(py, rejected);
        }
        let batch = batch.get_or_insert_default();
        batch.rejected_messages.extend(self.messages.0);
        batch.rejected_reads.extend(self.reads.0);
        batch.rejected_proposals.extend(self.proposals.0);
    }
}
