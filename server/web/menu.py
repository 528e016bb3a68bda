"""The desk's menu: sections, and the pages of each, for whoever may see them."""

from typing import Any, Protocol

import msgspec

from server.text import N_


class Asker(Protocol):
    """Whoever asks: the table of permissions answers for them."""

    def may(self, verb: str) -> bool:
        """Whether `verb` is allowed to them."""


class Place(msgspec.Struct, frozen=True):
    """A page of the menu: its address, its words, who may see it, what else lies behind it."""

    href: str
    label: str
    verb: str
    also: tuple[str, ...] = ()


class Section(msgspec.Struct, frozen=True):
    """A word of the main menu; its first page is where it leads."""

    label: str
    places: tuple[Place, ...]


SECTIONS = (
    Section(N_("Board"), (Place("/desk", N_("Board"), "board.read"),)),
    Section(
        N_("Fairs"),
        (
            Place("/desk/fairs", N_("Fairs and booths"), "fair.list",
                  ("/desk/booths", "/desk/stands")),
            Place("/desk/partnerships", N_("Shared booths"), "partner.read"),
            Place("/desk/shared", N_("Shared with you"), "application.shared"),
        ),
    ),
    Section(
        N_("Calls"),
        (
            Place("/desk/calls", N_("Calls"), "call.list"),
            Place("/desk/price-lists", N_("Price lists"), "price_list.list"),
        ),
    ),
    Section(
        N_("Applications"),
        (
            Place("/desk/applications", N_("Applications"), "application.list", ("/desk/offers",)),
            Place("/desk/consortia", N_("Consortia"), "consortium.list"),
        ),
    ),
    Section(N_("Meetings"), (Place("/desk/meetings", N_("Meetings"), "session.list"),)),
    Section(
        N_("Help desk"),
        (
            Place("/desk/enquiries", N_("Questions"), "enquiry.list"),
            Place("/desk/enquiries/articles", N_("Articles"), "enquiry.list"),
            Place("/desk/enquiries/topics", N_("Topics"), "enquiry.list"),
            Place("/desk/enquiries/routes", N_("Routes"), "enquiry.list"),
            Place("/desk/enquiries/times", N_("Answer times"), "enquiry.list"),
        ),
    ),
    Section(
        N_("Offices"),
        (
            Place("/desk/offices", N_("Offices"), "office.list", ("/desk/bookings",)),
            Place("/desk/offices/free-days", N_("Free days"), "office.list"),
        ),
    ),
    Section(N_("Companies"), (Place("/desk/companies", N_("Companies"), "company.list"),)),
    Section(
        N_("Aid"),
        (
            Place("/desk/schemes", N_("Schemes"), "scheme.list"),
            Place("/desk/budgets", N_("Budgets"), "scheme.list"),
            Place("/desk/aid", N_("Register"), "aid.read"),
            Place("/desk/aid/proofs", N_("Proofs and payouts"), "aid.read"),
            Place("/desk/aid/links", N_("Linked companies"), "aid.read"),
            Place("/desk/aid/publication", N_("To publish"), "aid.read"),
        ),
    ),
    Section(
        N_("Money"),
        (
            Place("/desk/money", N_("Invoices"), "money.read"),
            Place("/desk/money/dunning", N_("Who owes what"), "money.read"),
            Place("/desk/money/bank", N_("Bank"), "money.read"),
            Place("/desk/approvals", N_("Second person"), "money.read"),
            Place("/desk/money/ledger", N_("Ledger"), "money.read"),
            Place("/desk/money/stripe", N_("Stripe"), "money.read", ("/desk/money/disputes",)),
            Place("/desk/money/terms", N_("Payment terms"), "money.read"),
            Place("/desk/money/vat", N_("VAT IDs"), "money.read"),
            Place("/desk/money/rates", N_("Rates"), "money.read"),
        ),
    ),
    Section(N_("Calendar"), (Place("/desk/calendars", N_("Calendar"), "calendar.desk"),)),
    Section(
        N_("Agency"),
        (
            Place("/desk/settings", N_("Settings"), "agency.read"),
            Place("/desk/settings/people", N_("People"), "agency.read"),
            Place("/desk/settings/payments", N_("Card payments"), "agency.change"),
            Place("/desk/mail", N_("Mail"), "mail.list"),
            Place("/desk/log", N_("Log"), "log.read"),
        ),
    ),
)  # fmt: skip


def _behind(path: str, place: Place) -> int:
    """How much of `path` lies under the place: 0 for nothing, more for a nearer place."""
    return max(
        len(root) if path == root or (root != "/desk" and path.startswith(root + "/")) else 0
        for root in (place.href, *place.also)
    )


def desk(actor: Asker, path: str) -> dict[str, Any]:
    """The menu for a page: `sections` (label, href, here) and `places` of the one we are in.

    Places are left out where the section has one only. Nobody sees what they may not open.
    """
    open_to = [
        (section, [place for place in section.places if actor.may(place.verb)])
        for section in SECTIONS
    ]
    open_to = [(section, places) for section, places in open_to if places]
    nearest = max(
        (place for _, places in open_to for place in places),
        key=lambda place: _behind(path, place),
    )
    here = nearest if _behind(path, nearest) else None
    beside = next((places for _, places in open_to if here in places), [])
    return {
        "sections": [
            (section.label, places[0].href, here in places) for section, places in open_to
        ],
        "places": [(place.label, place.href, place is here) for place in beside]
        if len(beside) > 1
        else [],
    }
