"""What rraft promises beyond upstream's tests: each class, each error, each limit."""
