"""What decides in a host, without asyncio, sockets, clocks or random sources: these come in from outside."""
