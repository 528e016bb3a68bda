"""Pages, forms, errors, headers, static files, the API: the front door."""

from server.web.respond import page, see_other, submit, typed_values
from server.web.routes import get, needs, post

__all__ = ["get", "needs", "page", "post", "see_other", "submit", "typed_values"]
