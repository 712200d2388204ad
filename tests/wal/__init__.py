"""Tests of the durable log: in Rust those of the files, in Python those of the classes."""
