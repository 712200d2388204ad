"""The programs of `example/`."""
