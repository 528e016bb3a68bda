"""A call with conditions: a second one on the same booth, its rules set before it opens."""

from datetime import timedelta
from typing import Any

from server import clock
from server.database import row
from tests.booths.calls.test_story import done, id_in, open_call
from tests.cast import Someone

TERMS = ("conditions", "no_insolvency", "no_double_funding", "de_minimis")


async def call_with(
    mara: Someone, rules: list[dict[str, Any]], *, publish: bool = True, **terms: Any
) -> int:
    """A published call with rules; each rule is its form with its `kind`. The call's id."""
    made = await row("SELECT booth, price_list, scheme FROM call ORDER BY id LIMIT 1")
    if made is None:
        first = await open_call(mara)
        made = {"booth": first["booth"], "price_list": first["prices"], "scheme": first["scheme"]}
    now = clock.local(clock.now(), "Europe/Berlin").replace(tzinfo=None)
    call = id_in(
        done(
            await mara.send_form(
                "/desk/calls/new",
                {
                    **made, "title": "Booth with conditions",
                    "opens_at": (now - timedelta(days=1)).isoformat("T", "minutes"),
                    "closes_at": (now + timedelta(days=20)).isoformat("T", "minutes"),
                    "payment_days": "14", "text": "For some.",
                },
            )
        )
    )  # fmt: skip
    for each in rules:
        kind = each["kind"]
        form = {name: given for name, given in each.items() if name != "kind"}
        form.setdefault("weight", "hard")
        done(await mara.send_form(f"/desk/calls/{call}/rules/{kind}", form))
    done(
        await mara.send_form(
            f"/desk/calls/{call}/conditions", {"declarations": list(TERMS), **terms}
        )
    )
    if publish:
        done(await mara.send_form(f"/desk/calls/{call}", {}, to=f"/desk/calls/{call}/publish"))
    return call
