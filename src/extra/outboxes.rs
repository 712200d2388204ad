//! Outboxes: lists of messages to send, by the ids of their receivers.

use std::mem;

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section2;
use pyo3::types::{PyBytes, PyDict, PyList};
use pyo3::{Borrowed, PyTypeInfo, type_hint_identifier, type_hint_subscript, type_hint_union};
use raft::eraftpb::Message;

use crate::binding::convert::Owned;
use crate::binding::handle::Wrapper;
use crate::eraftpb::codec;
use crate::extra::messages::{Messages, PyMessages, PyMessagesRef};

/// The type hint of a dict with a list for each receiver.
macro_rules! lists_of {
    ($Item:ty) => {
        type_hint_subscript!(
            type_hint_identifier!("builtins", "dict"),
            type_hint_identifier!("builtins", "int"),
            type_hint_subscript!(type_hint_identifier!("builtins", "list"), <$Item>::TYPE_HINT)
        )
    };
}

/// Argument: lists for encoded messages or for `Messages`.
pub struct Outboxes(pub Py<PyDict>);

impl FromPyObject<'_, '_> for Outboxes {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = type_hint_union!(lists_of!(PyBytes), lists_of!(PyMessages));

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        Ok(Self(object.cast::<PyDict>()?.to_owned().unbind()))
    }
}

/// Result: lists of encoded messages.
pub struct EncodedOutboxes<'py>(pub Bound<'py, PyDict>);

impl<'py> IntoPyObject<'py> for EncodedOutboxes<'py> {
    type Target = PyDict;
    type Output = Bound<'py, PyDict>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = lists_of!(PyBytes);

    fn into_pyobject(self, _: Python<'py>) -> PyResult<Self::Output> {
        Ok(self.0)
    }
}

/// Takes `messages` and appends them to the lists of their receivers: each one encoded, or all messages of a receiver
/// as one `Messages`.
///
/// Missing lists are created. Raises `TypeError` when a value is not a list; no message is moved in that case. Raises
/// `CodecError` for a message that is too large: it is lost, and all others are moved.
pub fn put(messages: &mut Vec<Message>, outboxes: &Bound<'_, PyDict>, encode: bool) -> PyResult<()> {
    let py = outboxes.py();
    // A node has only a few peers, so a linear search is enough.
    let mut receivers: Vec<Receiver<'_>> = Vec::new();
    for message in &*messages {
        if receivers.iter().all(|receiver| receiver.id != message.to) {
            receivers.push(Receiver { id: message.to, batch: None, list: None });
        }
    }
    if !encode {
        move_to_batches(messages, &mut receivers, py)?;
    }
    // After the batches: before Python 3.12, a new object can start the garbage collector at once and with it other
    // threads, which may take lists out. From here to the last `append`, none is made.
    if let Err(error) = find_lists(outboxes, &mut receivers) {
        for batch in receivers.into_iter().filter_map(|receiver| receiver.batch) {
            messages.append(&mut batch.as_super().get().take_value()?.0);
        }
        return Err(error);
    }
    let mut failed = None;
    for Receiver { id, batch, list } in receivers {
        let Some(mut list) = list else { continue };
        if let Some(batch) = batch {
            append(outboxes, id, &mut list, &batch)?;
            continue;
        }
        for message in messages.iter().filter(|message| message.to == id) {
            let encoding = codec::encode(py, message);
            if let Err(error) = encoding.and_then(|encoding| append(outboxes, id, &mut list, &encoding)) {
                failed = failed.or(Some(error));
            }
        }
    }
    messages.clear();
    failed.map_or(Ok(()), Err)
}

/// A node that messages are for.
struct Receiver<'py> {
    id: u64,
    /// The messages, unless they are encoded.
    batch: Option<Bound<'py, PyMessages>>,
    /// Where they are appended.
    list: Option<Bound<'py, PyList>>,
}

/// Moves `messages` to the batches of `receivers`.
fn move_to_batches<'py>(messages: &mut Vec<Message>, receivers: &mut [Receiver<'py>], py: Python<'py>) -> PyResult<()> {
    if let Some((last, others)) = receivers.split_last_mut() {
        for receiver in others {
            let batch = messages.extract_if(.., |message| message.to == receiver.id).collect();
            receiver.batch = Some(Owned::<PyMessagesRef>(Messages(batch)).into_pyobject(py)?);
        }
        last.batch = Some(Owned::<PyMessagesRef>(Messages(mem::take(messages))).into_pyobject(py)?);
    }
    Ok(())
}

/// Finds the lists of `receivers`; missing ones are created. Several threads may do so at once.
fn find_lists<'py>(outboxes: &Bound<'py, PyDict>, receivers: &mut [Receiver<'py>]) -> PyResult<()> {
    for receiver in &mut *receivers {
        receiver.list = outboxes.get_item(receiver.id)?.map(Bound::cast_into).transpose()?;
    }
    if receivers.iter().any(|receiver| receiver.list.is_none()) {
        // All lists are looked up again after the last new one was made: others may have been taken out meanwhile. Those
        // are dropped before, since the drop may run Python code as well.
        let new_lists: Vec<_> = receivers.iter().map(|_| PyList::empty(outboxes.py())).collect();
        for receiver in &mut *receivers {
            receiver.list = None;
        }
        for (receiver, new_list) in receivers.iter_mut().zip(new_lists) {
            receiver.list = Some(outboxes.set_default_with_result(receiver.id, new_list)?.1.cast_into()?);
        }
    }
    Ok(())
}

/// Appends to `list`, or to the list that is there by now: without a GIL, another thread may have taken `list` out, to
/// send what it has.
fn append<'py, T: PyTypeInfo>(
    outboxes: &Bound<'py, PyDict>,
    receiver: u64,
    list: &mut Bound<'py, PyList>,
    item: &Bound<'py, T>,
) -> PyResult<()> {
    if !cfg!(Py_GIL_DISABLED) {
        return list.append(item);
    }
    loop {
        let is_appended = with_critical_section2(outboxes, list, || {
            let is_there = outboxes.get_item(receiver)?.is_some_and(|found| found.is(&*list));
            if is_there { list.append(item).map(|()| true) } else { Ok(false) }
        });
        if is_appended? {
            return Ok(());
        }
        *list = outboxes.set_default_with_result(receiver, PyList::empty(outboxes.py()))?.1.cast_into()?;
    }
}
