//! Runs a workload of the benchmark on raft itself, and prints its cost as a line of JSON.

use clap::{Parser, ValueEnum};
use serde_json::{Value, json};

mod codec;
mod envelope;
mod idle;
mod measure;
mod member;
mod memory;
mod replication;

/// The options, which the program in Python has, too.
#[derive(Parser)]
pub struct Options {
    workload: Workload,
    /// The number of proposals, ticks, messages, groups, or entries.
    #[arg(long, default_value_t = 1000)]
    operations: usize,
    /// The number of nodes.
    #[arg(long, default_value_t = 3)]
    members: u64,
    /// The number of proposals before each `Ready`.
    #[arg(long, default_value_t = 1)]
    batch: usize,
    /// The length of a proposal, or of an entry's data, in bytes.
    #[arg(long, default_value_t = 256)]
    payload: usize,
    /// How messages are transported.
    #[arg(long, default_value = "objects")]
    transport: Transport,
    /// Whether the leader appends entries to a message that is not sent yet.
    #[arg(long)]
    batch_append: bool,
    /// The number of applied entries after which the log is compacted. The last sixteenth of them is kept.
    #[arg(long, default_value_t = 4096)]
    compact_every: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Workload {
    Replicate,
    Idle,
    Encode,
    Decode,
    DecodeAndRead,
    GroupMemory,
    EntryMemory,
}

#[derive(Clone, Copy, ValueEnum)]
enum Transport {
    Objects,
    Bytes,
}

fn main() {
    let options = Options::parse();
    let figures = run(&options);
    let name = options.workload.to_possible_value().map(|value| value.get_name().to_owned());
    let mut line = json!({ "workload": name, "operations": options.operations });
    if let (Value::Object(line), Value::Object(figures)) = (&mut line, figures) {
        line.extend(figures);
    }
    println!("{line}");
}

fn run(options: &Options) -> Value {
    match options.workload {
        Workload::Replicate => match options.transport {
            Transport::Objects => replication::replicate::<raft::eraftpb::Message>(options),
            Transport::Bytes => replication::replicate::<Vec<u8>>(options),
        },
        Workload::Idle => idle::tick(options),
        Workload::Encode => codec::encode(options),
        Workload::Decode => codec::decode(options),
        Workload::DecodeAndRead => codec::decode_and_read(options),
        Workload::GroupMemory => memory::groups(options),
        Workload::EntryMemory => memory::entries(options),
    }
}
