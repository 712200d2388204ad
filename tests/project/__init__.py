"""The project itself: pages, stub, benchmarks, and that no test is missing."""
