"""The chat page: ask on the left, read the cited article beside it.

The only package that knows gradio. Gradio is imported inside its functions, because it is heavy
and because it reads its settings from the environment when it is.
"""

from ui.chat.guard import is_loopback
from ui.chat.server import ChatServer, Options, serve, start

__all__ = ["ChatServer", "Options", "is_loopback", "serve", "start"]
