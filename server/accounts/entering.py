"""How somebody gets in: the cookie, and the page they wanted."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response
from litestar.datastructures import Cookie

from server.accounts import rules
from server.settings import load
from server.web import see_other
from server.web.door import cookie_name
from server.web.gate import local_path

HOME = "/home"


def with_session(answer: Response[Any], token: str) -> Response[Any]:
    """`answer`, and from now on the browser holds `token`."""
    answer.set_cookie(
        Cookie(
            cookie_name(),
            value=token,
            path="/",
            httponly=True,
            secure=load().secure,
            samesite="lax",
            max_age=int(rules.BROWSER_LASTS.total_seconds()),
        )
    )
    return answer


def go_on(wanted: str, kept: str, *, half: bool = False) -> Response[Any]:
    """To where somebody wanted to go before signing in; first to the second step where there is
    one."""
    if half:
        return see_other("/login/second?" + urlencode({"next": wanted, "kept": kept}))
    path = local_path(wanted, HOME)
    if kept and "kept=" not in path:
        path += ("&" if "?" in path else "?") + urlencode({"kept": kept})
    return see_other(path)
