"""Before every handler: may this person ask for this, and did one of our own pages send it?"""

from typing import Any
from urllib.parse import quote, urlsplit

from litestar import Request, Response

from server.database import LARGEST_ID
from server.errors import Forbidden, NotFound, Refused
from server.settings import load
from server.text import N_, gettext
from server.web import keeping, signing
from server.web.respond import see_other, typed_values
from server.web.routes import SignInNeeded

SAFE = ("GET", "HEAD", "OPTIONS")
WITHOUT_SECOND = frozenset({"public.read", "account.sign_in", "account.join", "account.own"})


class Foreign(Refused):
    """An unsafe request that none of our pages sent to this session."""

    status = 403
    title = N_("This form has grown old")


def local_path(wanted: str, otherwise: str = "/") -> str:
    """`wanted` if it is a path of this site, else `otherwise`: no redirect ever leaves."""
    plain = wanted.replace("\\", "/")
    try:
        parts = urlsplit(plain)
    except ValueError:
        return otherwise
    clean = plain.startswith("/") and not plain.startswith("//") and plain.isprintable()
    return plain if clean and not parts.scheme and not parts.netloc else otherwise


async def gate(request: Request[Any, Any, Any]) -> Response[Any] | None:
    """Litestar's before_request hook for every route."""
    opt = request.route_handler.opt
    state = request.scope["state"]
    actor = state["actor"]
    for one in request.path_params.values():
        if one > LARGEST_ID if isinstance(one, int) else "\0" in str(one):
            raise NotFound
    api = bool(opt.get("api"))
    unsafe = request.method not in SAFE
    if unsafe and not opt.get("open"):
        if api:
            if not state.get("bearer") and not opt.get("no_token"):
                raise SignInNeeded
        else:
            _same_origin(request)
    if not actor.may(opt["verb"]):
        if actor.person_id is not None:
            if not actor.within(opt["verb"]):
                raise Forbidden(
                    N_("This token is not good for {verb}. Ask for one with that scope."),
                    verb=opt["verb"],
                )
            if not (api or unsafe or actor.company_id or actor.agency_id):
                return see_other(f"/my/company/new?next={quote(request.url.path)}")
            raise Forbidden
        if api:
            raise SignInNeeded
        return await _sign_in_first(request, unsafe=unsafe)
    if _second_first(actor) and opt["verb"] not in WITHOUT_SECOND:
        if api or unsafe:
            raise Forbidden(
                N_("Set up your second step at sign-in first, on the page of your account. Nothing"
                   " was done.")
            )  # fmt: skip
        return see_other("/account/second")
    if unsafe and not api and not opt.get("open"):
        token = str((await typed_values(request)).get("csrf_token", ""))
        if not signing.signed_by_us("form", state.get("session_key", ""), token):
            raise Foreign(
                N_(
                    "This page was opened before you signed in or out, so it was not sent."
                    " Go back, reload the page and send it again."
                )
            )
    kept = request.query_params.get("kept")
    if kept and not unsafe and actor.person_id is not None:
        typed = await keeping.kept(kept, request.url.path)
        if typed:
            state["typed"] = typed
            state["errors"] = {
                "": gettext(
                    N_("Your sign-in had ended. What you typed is here again: check it and send.")
                )
            }
    return None


def _second_first(actor: Any) -> bool:
    return bool(actor.agency_role) and not actor.proven and load().staff_need_second


def _same_origin(request: Request[Any, Any, Any]) -> None:
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    ours = {urlsplit(load().base_url).netloc, request.headers.get("host", "")}
    foreign = (site is not None and site not in ("same-origin", "none")) or (
        origin is not None and urlsplit(origin).netloc not in ours
    )
    if foreign:
        raise Foreign(N_("Another site sent this form. Nothing was done."))


async def _sign_in_first(request: Request[Any, Any, Any], *, unsafe: bool) -> Response[Any]:
    path = request.url.path
    if not unsafe:
        wanted = path + (f"?{request.url.query}" if request.url.query else "")
        return see_other(f"/login?next={quote(wanted)}")
    typed = await typed_values(request)
    typed.pop("csrf_token", None)
    path = local_path(urlsplit(request.headers.get("referer", "")).path, path)
    token = await keeping.keep(path, typed)
    return see_other(f"/login?next={quote(path)}&kept={token}")
