//! Encoding and decoding.

use std::hint::black_box;

use protobuf::Message as _;
use raft::eraftpb::{Entry, Message, MessageType};
use serde_json::{Value, json};

use crate::Options;
use crate::measure::{timed, timed_figures};

/// A `MsgAppend` with ten entries.
fn append_message(options: &Options) -> Message {
    let entry = |index| Entry { index, term: 5, data: vec![b'x'; options.payload].into(), ..Entry::default() };
    let mut message = Message { to: 2, from: 1, term: 5, log_term: 5, index: 1000, commit: 1000, ..Message::default() };
    message.set_msg_type(MessageType::MsgAppend);
    message.set_entries((1001..=1010).map(entry).collect::<Vec<_>>().into());
    message
}

fn encoded(options: &Options) -> Vec<u8> {
    append_message(options).write_to_bytes().expect("every message can be encoded")
}

fn parse(bytes: &[u8]) -> Message {
    Message::parse_from_bytes(bytes).expect("the bytes are an encoded message")
}

pub fn encode(options: &Options) -> Value {
    let message = append_message(options);
    let mut bytes = Vec::new();
    let (cpu_seconds, ()) = timed(|| {
        for _ in 0..options.operations {
            bytes = black_box(&message).write_to_bytes().expect("every message can be encoded");
        }
    });
    timed_figures(cpu_seconds, &json!({ "length": bytes.len() }))
}

pub fn decode(options: &Options) -> Value {
    let bytes = encoded(options);
    let mut message = Message::default();
    let (cpu_seconds, ()) = timed(|| {
        for _ in 0..options.operations {
            message = parse(black_box(&bytes));
        }
    });
    timed_figures(cpu_seconds, &json!({ "entries": message.entries.len() }))
}

pub fn decode_and_read(options: &Options) -> Value {
    let bytes = encoded(options);
    let (mut appends, mut numbers, mut data_bytes) = (0_u64, 0, 0);
    let (cpu_seconds, ()) = timed(|| {
        for _ in 0..options.operations {
            let message = parse(black_box(&bytes));
            if message.get_msg_type() == MessageType::MsgAppend {
                appends += 1;
            }
            numbers += message.to + message.from + message.term;
            for entry in &message.entries {
                numbers += entry.index + entry.term;
                data_bytes += entry.data.len();
            }
        }
    });
    timed_figures(cpu_seconds, &json!({ "appends": appends, "numbers": numbers, "data_bytes": data_bytes }))
}
