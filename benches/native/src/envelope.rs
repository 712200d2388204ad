//! The messages between the nodes, as objects or encoded.

use protobuf::Message as _;
use raft::eraftpb::Message;

/// A message in transit.
pub trait Envelope {
    /// Packs `message` for the transport.
    fn pack(message: Message) -> Self;

    /// Unpacks the message.
    fn open(self) -> Message;
}

impl Envelope for Message {
    fn pack(message: Message) -> Self {
        message
    }

    fn open(self) -> Message {
        self
    }
}

impl Envelope for Vec<u8> {
    fn pack(message: Message) -> Self {
        message.write_to_bytes().expect("every message can be encoded")
    }

    fn open(self) -> Message {
        Message::parse_from_bytes(&self).expect("it was encoded by a member")
    }
}
