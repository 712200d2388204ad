"""The behaviour of rraft beyond upstream's tests: each class, each error, each limit."""
