"""The exceptions of clients, beside those of `errors.py` that a host reports."""

from .errors import ClusterError


class RequestTimeoutError(ClusterError, TimeoutError):
    """The request was not answered in time. Nothing was done, and nothing will be: it was not sent, or only reads."""


class OutcomeUnknownError(ClusterError):
    """The request was sent, and not answered in time or before the connection ended.

    Whether it has been or will be carried out is unknown. A command is carried out at most once, even so.
    """


class ClientClosedError(ClusterError):
    """The client is closed. The request was not sent, or only reads."""


class NotAcceptedError(ClusterError):
    """No host accepts this client: the name of the cluster, the secret, or the version of the protocol is another.

    Nothing was done. While some host cannot be reached, the client goes on, and raises `RequestTimeoutError` at last.
    """


__all__ = ["ClientClosedError", "NotAcceptedError", "OutcomeUnknownError", "RequestTimeoutError"]
