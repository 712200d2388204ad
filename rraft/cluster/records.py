"""The fields that each log record of the runtime has."""

import logging


def fields(host: int, group: int = 0, term: int = 0) -> dict[str, int]:
    """The `extra` of a record: the ids of the host and of the group, and the term. 0 stands for none."""
    return {"host": host, "group": group, "term": term}


def host_logger(logger: logging.Logger, host: int) -> "logging.LoggerAdapter[logging.Logger]":
    """The logger of a module, for records about a host and none of its groups."""
    return logging.LoggerAdapter(logger, fields(host))
