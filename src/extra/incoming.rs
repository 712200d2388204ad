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
use crate::extra::rejected::{RejectedItems, Results};
use crate::raw_node::guarded::GuardedNode;

/// Argument: an incoming message as a `Message` or as its encoding, or several in a `Messages`.
pub enum IncomingMessages {
    Single(Py<PyMessageRef>),
    Several(Py<PyMessagesRef>),
    /// The content of a `Messages`, or the reason why it can't be taken.
    Taken(Box<PyResult<Messages>>),
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
pub fn take_each(incoming: &mut [IncomingMessages]) {
    for messages in incoming {
        if let IncomingMessages::Several(several) = messages {
            *messages = IncomingMessages::Taken(Box::new(several.get().take_value()));
        }
    }
}

/// Steps messages. Each message of a `Messages` has its own position in the result.
pub fn step_each(node: &mut GuardedNode, incoming: &mut [IncomingMessages]) -> RejectedItems {
    let mut results = Results::default();
    for messages in incoming {
        match messages {
            IncomingMessages::Single(message) => {
                results.add(message.get().read(Clone::clone).and_then(|message| node.step(message)));
            }
            IncomingMessages::Several(messages) => step_taken(node, messages.get().take_value(), &mut results),
            IncomingMessages::Taken(messages) => {
                step_taken(node, mem::replace(&mut **messages, Ok(Messages::default())), &mut results);
            }
            IncomingMessages::Encoded(bytes) => {
                results.add(codec::decode(bytes).and_then(|message| node.step(message)));
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

/// Proposes entries with these data, which are moved out.
pub fn propose_each(node: &mut GuardedNode, data: &mut Vec<BytesLike>) -> RejectedItems {
    let mut results = Results::default();
    for data in data.drain(..) {
        results.add(node.propose(Vec::new(), data.0));
    }
    results.into_rejected()
}

fn read_each(node: &mut GuardedNode, contexts: &mut Vec<BytesLike>) -> RejectedItems {
    let mut results = Results::default();
    for context in contexts.drain(..) {
        results.add(node.read_index(context.0));
    }
    results.into_rejected()
}

/// The maximum number of ticks in one round: more would block for a noticeable time.
const MAX_TICKS: u32 = 10_000;

/// Raises `ValueError` for more than 10,000 ticks.
pub fn check_ticks(ticks: u32) -> PyResult<()> {
    if ticks <= MAX_TICKS {
        return Ok(());
    }
    Err(PyValueError::new_err(format!("ticks: expected at most {MAX_TICKS}, got {ticks}")))
}

/// What a node receives in one round: the arguments of a call. They are not moved: that would cost as much as to check
/// them.
pub struct Input<'a> {
    pub msgs: Option<&'a mut Many<IncomingMessages>>,
    pub data: Option<&'a mut Many<BytesLike>>,
    pub ticks: u32,
    pub reads: Option<&'a mut Many<BytesLike>>,
}

impl Input<'_> {
    /// Returns about how much work the input is.
    #[inline]
    pub fn size(&self) -> usize {
        length(&self.msgs) + length(&self.reads) + length(&self.data)
    }

    /// See [`take_each`].
    pub fn take_messages(&mut self) {
        if let Some(msgs) = &mut self.msgs {
            take_each(&mut msgs.0);
        }
    }

    /// Passes the input to the node, and adds what it rejects to the batch, which is created if there is anything. The
    /// ticks come after the messages, which may be of a leader, and the proposals last.
    #[inline]
    pub fn apply(&mut self, node: &mut GuardedNode, batch: &mut Option<Box<ReadyBatch>>) {
        let mut add = |list: fn(&mut ReadyBatch) -> &mut Vec<(u64, PyErr)>, rejected: RejectedItems| {
            if !rejected.0.is_empty() {
                list(batch.get_or_insert_default()).extend(rejected.0);
            }
        };
        if let Some(msgs) = &mut self.msgs {
            add(|batch| &mut batch.rejected_messages, step_each(node, &mut msgs.0));
        }
        for _ in 0..self.ticks {
            node.tick();
        }
        if let Some(reads) = &mut self.reads {
            add(|batch| &mut batch.rejected_reads, read_each(node, &mut reads.0));
        }
        if let Some(data) = &mut self.data {
            add(|batch| &mut batch.rejected_proposals, propose_each(node, &mut data.0));
        }
    }
}

#[inline]
fn length<T>(items: &Option<&mut Many<T>>) -> usize {
    items.as_ref().map_or(0, |items| items.0.len())
}
