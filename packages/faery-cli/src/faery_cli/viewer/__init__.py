"""A browser page that shows events: one static page, a WebSocket, nothing from elsewhere."""

from faery_cli.viewer._feed import Feed, LiveFeed, RecordedFeed, make_feed
from faery_cli.viewer._server import Server

__all__ = ["Feed", "LiveFeed", "RecordedFeed", "Server", "make_feed"]
