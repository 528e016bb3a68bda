"""Routes with their verb. A route without one does not start; the table decides who may ask."""

from collections.abc import Callable
from typing import Any

from litestar import get as _get
from litestar import post as _post

Opt = dict[str, Any]


class SignInNeeded(Exception):  # noqa: N818 - an answer, not a fault
    """The page is for somebody who is signed in."""


def needs(verb: str, **more: object) -> Opt:
    """The verb of a route, for its `opt`."""
    return {"verb": verb, **more}


def get(path: str, opt: Opt, **more: Any) -> Callable[..., Any]:
    """A page that changes nothing."""
    return _get(path, opt=opt, include_in_schema=False, **more)


def post(path: str, opt: Opt, **more: Any) -> Callable[..., Any]:
    """A form that changes something."""
    return _post(path, opt=opt, include_in_schema=False, status_code=200, **more)

