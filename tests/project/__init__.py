"""The project itself: pages, stub, benchmarks, and the completeness of the tests."""
