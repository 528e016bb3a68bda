"""Routes with their verb. A route without one does not start; the table decides who may ask."""

import re
from collections.abc import Callable
from typing import Any

from litestar import get as _get
from litestar import post as _post
from litestar.di import NamedDependency
from litestar.params import FromPath

Opt = dict[str, Any]


class SignInNeeded(Exception):
    """The page is for somebody who is signed in."""


def needs(verb: str, **more: object) -> Opt:
    """The verb of a route, for its `opt`."""
    return {"verb": verb, **more}


def _known(path: str, handler: Callable[..., Any]) -> Callable[..., Any]:
    """Tell Litestar where the arguments come from, so that no handler has to."""
    hints = handler.__annotations__
    dependency: Any = NamedDependency
    from_path: Any = FromPath
    if "actor" in hints:
        hints["actor"] = dependency[hints["actor"]]
    for name in re.findall(r"{(\w+):", path):
        if name in hints:
            hints[name] = from_path[hints[name]]
    return handler


def get(path: str, opt: Opt, **more: Any) -> Callable[[Callable[..., Any]], Any]:
    """A page that changes nothing."""
    made = _get(path, opt=opt, include_in_schema=False, **more)
    return lambda handler: made(_known(path, handler))


def post(path: str, opt: Opt, **more: Any) -> Callable[[Callable[..., Any]], Any]:
    """A form that changes something."""
    made = _post(path, opt=opt, include_in_schema=False, status_code=200, **more)
    return lambda handler: made(_known(path, handler))
