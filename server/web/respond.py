"""From a handler to an answer: render a page, act on a form, go on to the next page."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from litestar import Request, Response
from litestar.datastructures import Cookie, FormMultiDict, UploadFile
from litestar.response import Redirect

from server import clock, text
from server.errors import Refused
from server.settings import load
from server.web import formats, menu, signing, static, tags
from server.web.forms import Form, Upload, parse

F = TypeVar("F", bound=Form)
R = TypeVar("R")
TEMPLATES = Path(__file__).parents[2] / "templates"
NOTICE = "said"
Page = Response[str]


@cache
def environment() -> Environment:
    """The one Jinja environment: everything escaped, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]
        lambda said: text.catalogue(text.locale()).gettext(said) if said else "",
        lambda one, many, n: text.catalogue(text.locale()).ngettext(one, many, n),
        newstyle=True,
    )
    made.filters.update(formats.FILTERS)
    made.filters["say"] = text.gettext
    made.globals.update(
        tags=tags.TAGS, static=static.url, now=clock.now, settings=load(), desk_menu=menu.desk
    )
    return made


def render(template: str, **context: object) -> str:
    """A template as text."""
    return environment().get_template(template).render(**context)


def page(
    request: Request[Any, Any, Any], template: str, *, status: int = 200, **context: object
) -> Page:
    """`template` as the answer. It also sees who asks, what was typed and what failed."""
    state = request.scope["state"]
    actor = state["actor"]
    notice = request.cookies.get(NOTICE)
    said = signing.unseal(NOTICE, notice) if notice else None
    body = render(
        template,
        **{
            "actor": actor,
            "values": state.get("typed", {}),
            "errors": state.get("errors", {}),
            "locale": text.locale(),
            "csrf_token": signing.form_token(state.get("session_key", "")),
            "said": said,
            "path": request.url.path,
            "query": request.url.query,
            "test_payments": load().test_payments,
            **context,
        },
    )
    response = Response(
        body, status_code=state.get("status", status), media_type="text/html; charset=utf-8"
    )
    if notice:
        response.delete_cookie(NOTICE)
    return response


def see_other(path: str, *, said: str = "", **values: object) -> Redirect:
    """Go on to `path` of this site with a notice on top of it: the end of a POST."""
    assert path.startswith("/"), path
    assert not path.startswith("//"), path
    cookies = []
    if said:
        cookies.append(
            Cookie(
                NOTICE,
                value=signing.seal(NOTICE, text.gettext(said, **values)),
                httponly=True,
                samesite="lax",
                secure=load().secure,
                max_age=120,
            )
        )
    return Redirect(path, status_code=303, cookies=cookies)


async def typed_values(request: Request[Any, Any, Any]) -> dict[str, object]:
    """What a page's form sent: text by name, a list where a name came twice, files as Uploads."""
    cached = request.scope["state"].get("form")
    if cached is not None:
        return dict(cached)
    form: FormMultiDict = await request.form()
    found: dict[str, object] = {}
    for name, raw in form.multi_items():
        one: object = raw
        if isinstance(raw, UploadFile):
            data = await raw.read()
            if not data and not raw.filename:
                continue
            one = Upload(filename=raw.filename or "", media_type=raw.content_type, data=data)
        if name in found:
            before = found[name]
            found[name] = [*before, one] if isinstance(before, list) else [before, one]
        else:
            found[name] = one
    request.scope["state"]["form"] = found
    return dict(found)


def show_again(
    request: Request[Any, Any, Any], typed: Mapping[str, object], refused: Refused
) -> None:
    """Let the next `page` show what was typed, what was wrong with it, and the right status."""
    state = request.scope["state"]
    state["typed"] = {k: v for k, v in typed.items() if not isinstance(v, Upload)}
    state["errors"] = refused.errors
    state["status"] = refused.status


async def submit(
    request: Request[Any, Any, Any],
    form: type[F],
    *,
    act: Callable[[F], Awaitable[R]],
    to: Callable[[R], str] | str,
    again: Callable[[], Awaitable[Response[Any]]],
    said: Callable[[R], str] | str = "",
) -> Response[Any]:
    """Read the form, act, go on; where a rule refuses, show again all that was typed."""
    typed = await typed_values(request)
    try:
        result = await act(parse(form, typed))
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await again()
    return see_other(
        to if isinstance(to, str) else to(result),
        said=said if isinstance(said, str) else said(result),
    )
