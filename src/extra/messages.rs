//! `Messages`: a batch of messages to one receiver.

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use raft::eraftpb::Message;

use crate::binding::classes::wrapper_class;
use crate::binding::convert::ListIterator;
use crate::binding::handle::Wrapper;
use crate::binding::view::{Element, FieldPath, elements, part};
use crate::eraftpb::message::PyMessageRef;

/// Messages in the order in which they were created.
#[derive(Default)]
pub struct Messages(pub Vec<Message>);

wrapper_class! {
    /// Messages to one receiver, from a `ReadyLoop` that doesn't encode them, in the order in which Raft created them.
    ///
    /// One object holds all of them: `ReadyLoop.run` and `ReadyLoop.step_many` of a node in the same process accept it
    /// and move the messages out of it. For any other transport, iterate over it: it yields live views of the messages.
    ///
    /// Beyond raft-rs.
    "Messages" / "MessagesRef": Messages
}

/// The access path to the messages.
const MESSAGES: FieldPath<Messages, Vec<Message>> =
    FieldPath { get: |messages| &messages.0, get_mut: |messages| &mut messages.0 };

#[pymethods]
impl PyMessagesRef {
    fn __len__(&self) -> PyResult<usize> {
        self.read(|messages| messages.0.len())
    }

    /// Returns a live view of the message at `index`, counted from the end if it is negative.
    fn __getitem__(slf: &Bound<'_, Self>, index: isize) -> PyResult<PyMessageRef> {
        let length = slf.get().__len__()?;
        let position = if index < 0 { length.checked_add_signed(index) } else { index.try_into().ok() };
        match position.filter(|position| *position < length) {
            Some(position) => Ok(part(slf, MESSAGES, Element(position))),
            None => Err(PyIndexError::new_err(format!("index {index} is out of range: there are {length} messages"))),
        }
    }

    /// Returns live views of the messages.
    fn __iter__(slf: &Bound<'_, Self>) -> PyResult<ListIterator<PyMessageRef>> {
        elements(slf, MESSAGES).map(ListIterator)
    }

    fn __repr__(&self) -> PyResult<String> {
        self.read(|messages| format!("Messages {{ length: {} }}", messages.0.len()))
    }
}
