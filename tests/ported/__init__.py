"""The tests of raft-rs 0.7.0, one file for each of upstream's, under upstream's names."""
