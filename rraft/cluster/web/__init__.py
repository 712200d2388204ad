"""A live page about a host and its cluster: the extra `rraft-py[web]`.

async with Host(...) as host, WebPage(host, listen="127.0.0.1:8080"):
    await host.start(Jobs())
"""

try:
    import starlette  # noqa: F401
    import uvicorn  # noqa: F401
except ImportError as _error:
    raise ImportError("the live page needs Starlette and uvicorn: pip install 'rraft-py[web]'") from _error

from rraft.cluster.web.page import WebPage

__all__ = ["WebPage"]
