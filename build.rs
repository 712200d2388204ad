//! Tells the crate which version of raft, and which kind of Python, it is built with.

use std::fs;

fn main() {
    println!("cargo::rerun-if-changed=Cargo.lock");
    let lock = fs::read_to_string("Cargo.lock").expect("Cargo.lock is part of the project");
    let package = lock.split("[[package]]").find(|package| package.contains("name = \"raft\"\n"));
    let version =
        package.and_then(|package| package.split('"').nth(3)).expect("Cargo.lock names raft with its version");
    println!("cargo::rustc-env=RAFT_VERSION={version}");
    pyo3_build_config::use_pyo3_cfgs();
}
