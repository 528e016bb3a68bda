"""What is kept about oneself: the copy, and closing the account."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from msgspec import Meta

from server.accounts.forms import Password
from server.accounts.permissions import Actor
from server.organisations import personal
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.door import address, cookie_name
from server.web.forms import Form

Asked = Request[Any, Any, Any]


class CloseForm(Form):
    """The password, and that it is meant."""

    password: Password
    sure: Annotated[bool, Meta(title=N_("I want my account to be closed for good"))] = False

    def check(self) -> dict[str, str]:
        """It must be meant."""
        if not self.sure:
            return {"sure": gettext(N_("Tick this if you want your account to be closed."))}
        return {}


async def _show(request: Asked, actor: Actor) -> Response[Any]:
    return page(request, "organisations/personal.html", in_the_way=await personal.obstacles(actor))


@get("/account/data", needs("account.own"))
async def data_page(request: Asked, actor: Actor) -> Response[Any]:
    """What is kept, the copy of it, and the way out."""
    return await _show(request, actor)


@get("/account/data.json", needs("account.own"))
async def data(actor: Actor) -> Response[bytes]:
    """Everything that is kept about the person who asks."""
    return Response(
        msgspec.json.format(msgspec.json.encode(await personal.copy_of(actor))),
        media_type="application/json",
        headers={"content-disposition": 'attachment; filename="my-data.json"'},
    )


@post("/account/data", needs("account.own"))
async def close(request: Asked, actor: Actor) -> Response[Any]:
    """Close the account."""
    answer = await submit(
        request,
        CloseForm,
        act=lambda form: personal.close(actor, form.password, address()),
        to="/",
        said=N_("Your account is closed. Thank you for having been here."),
        again=lambda: _show(request, actor),
    )
    if answer.status_code == 303:
        answer.delete_cookie(cookie_name(), path="/")
    return answer


HANDLERS = [data_page, data, close]
