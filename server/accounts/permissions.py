"""Who may do what: one table of (verb, roles). An official can read it; a test walks it.

A role says what somebody is to the organisation they act for. That the thing belongs to that
organisation is the query's business: every one is given the actor and looks no further.
"""

from enum import StrEnum

import msgspec

from server.errors import Forbidden


class Role(StrEnum):
    """What somebody is: to nobody, to a company, to an agency, to the house itself."""

    EVERYONE = "everyone"
    PERSON = "person"
    MEMBER = "member"
    ADMIN = "admin"
    VIEWER = "viewer"
    FINANCE = "finance"
    MANAGER = "manager"
    OWNER = "owner"
    SYSTEM = "system"


COMPANY_ROLES = (Role.MEMBER, Role.ADMIN)
AGENCY_ROLES = (Role.VIEWER, Role.FINANCE, Role.MANAGER, Role.OWNER)

ANYBODY = frozenset(Role)
SIGNED_IN = ANYBODY - {Role.EVERYONE}
COMPANY = frozenset({Role.MEMBER, Role.ADMIN})
COMPANY_ADMIN = frozenset({Role.ADMIN})
STAFF = frozenset({Role.VIEWER, Role.FINANCE, Role.MANAGER, Role.OWNER, Role.SYSTEM})
MONEY = frozenset({Role.FINANCE, Role.MANAGER, Role.OWNER, Role.SYSTEM})
MANAGERS = frozenset({Role.MANAGER, Role.OWNER, Role.SYSTEM})
OWNERS = frozenset({Role.OWNER, Role.SYSTEM})
HOUSE = frozenset({Role.SYSTEM})

TABLE: dict[str, frozenset[Role]] = {
    # the house
    "public.read": ANYBODY,
    "account.sign_in": ANYBODY,
    "account.join": ANYBODY,
    "account.own": SIGNED_IN,
    # organisations
    "company.register": SIGNED_IN,
    "company.read": COMPANY,
    "company.change": COMPANY,
    "company.people": COMPANY,
    "company.invite": COMPANY_ADMIN,
    "company.list": STAFF,
    "agency.read": STAFF,
    "agency.change": OWNERS,
    "agency.invite": OWNERS,
    "agency.create": HOUSE,
    "log.read": MANAGERS,
    # documents
    "document.read": SIGNED_IN,
    # mail
    "message.read": COMPANY,
    "mail.list": STAFF,
    "mail.resend": MANAGERS,
    # aid
    "aid.read": STAFF,
    "aid.export": STAFF,
    "aid.register": MONEY,
    "aid.pay": MONEY,
    "aid.own": COMPANY,
    "aid.declare": COMPANY,
    "scheme.list": STAFF,
    "scheme.write": MANAGERS,
    "aid.grant": MANAGERS,
    # declarations
    "declaration.own": COMPANY,
    "declaration.give": COMPANY,
    "declaration.read": STAFF,
    # billing
    "invoice.own": COMPANY,
    "invoice.pay": COMPANY | HOUSE,
    "payer.name": COMPANY,
    "money.read": STAFF,
    "money.record": MONEY,
    "money.refund": MONEY,
    "vat.check": MONEY,
    "ledger.close": MONEY,
    "invoice.issue": MANAGERS,
    "invoice.credit": MONEY,
    "payment_terms.write": MANAGERS,
    "instalment.agree": MONEY,
    "dunning.set": MANAGERS,
    "dunning.send": MONEY,
    "payer.mark": MONEY,
    "payer.link": MONEY,
    "approval.limit": OWNERS,
    "move_in.allow": MANAGERS,
    # calendars
    "calendar.own": COMPANY | STAFF,
    "calendar.company": COMPANY,
    "calendar.desk": STAFF,
    # fairs
    "fair.list": STAFF,
    "fair.create": MANAGERS,
    "fair.change": MANAGERS,
    "fair.import": MANAGERS,
    # offices and bookings
    "office.list": STAFF,
    "office.write": MANAGERS,
    "booking.own": COMPANY,
    "booking.host": STAFF,
    # enquiries
    "enquiry.own": COMPANY,
    "enquiry.list": STAFF,
    "enquiry.answer": STAFF,
    "enquiry.write": MANAGERS,
    # matchmaking
    "session.list": STAFF,
    "session.write": MANAGERS,
    "session.own": COMPANY,
    "participant.own": COMPANY,
    # requests
    "request.own": COMPANY,
    "request.match": MANAGERS,
    # schedules
    "schedule.read": STAFF,
    "schedule.write": MANAGERS,
    # the day of meetings
    "agenda.own": COMPANY,
    "day.read": STAFF,
    "day.write": MANAGERS,
    # plans
    "booth.read": STAFF,
    "booth.create": MANAGERS,
    "booth.change": MANAGERS,
    # partners
    "partner.read": STAFF,
    "partner.write": MANAGERS,
    # fees
    "price_list.list": STAFF,
    "price_list.write": MANAGERS,
    # calls
    "board.read": STAFF,
    "call.list": STAFF,
    "call.write": MANAGERS,
    "call.publish": MANAGERS,
    "call.decide": MANAGERS,
    "application.own": COMPANY,
    "application.write": COMPANY,
    "application.submit": COMPANY,
    "application.withdraw": COMPANY_ADMIN,
    "application.list": STAFF,
    "application.check": MANAGERS,
    "application.admit": MANAGERS,
    "application.revive": MANAGERS,
    # ranking
    "ranking.read": STAFF,
    "ranking.set": MANAGERS,
    "ranking.score": STAFF,
    "ranking.decide": MANAGERS,
    "application.share": MANAGERS,
    "application.shared": STAFF,
    # offers
    "offer.list": STAFF,
    "offer.write": MANAGERS,
    "offer.answer": COMPANY,
    "application.correct": MANAGERS,
    "application.exclude": MANAGERS,
    # the hub
    "hub.own": COMPANY,
    "hub.answer": COMPANY,
    "shop.order": COMPANY,
    "hub.read": STAFF,
    "hub.manage": MANAGERS,
    "hub.remind": MANAGERS,
    # consortia
    "consortium.own": COMPANY,
    "consortium.write": COMPANY,
    "consortium.send": COMPANY,
    "consortium.leave": COMPANY_ADMIN,
    "consortium.list": STAFF,
    "consortium.admit": MANAGERS,
    "co_exhibitor.own": COMPANY,
    "co_exhibitor.name": COMPANY,
    "co_exhibitor.list": STAFF,
    "co_exhibitor.write": MANAGERS,
    # proposals
    "placing.read": STAFF,
    "placing.write": MANAGERS,
}


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. Somebody may belong to an agency and to a company; the session says which.

    `proven`: they gave a second factor in this session. `scopes`: a token of a program may do no
    more than these, verbs of the table or what stands before their dot; none: all its person may.
    """

    person_id: int | None = None
    name: str = ""
    email: str = ""
    locale: str = "en"
    agency_id: int | None = None
    agency_name: str = ""
    agency_role: str = ""
    company_id: int | None = None
    company_name: str = ""
    company_role: str = ""
    system: bool = False
    session_id: int | None = None
    proven: bool = False
    scopes: tuple[str, ...] = ()

    @property
    def roles(self) -> frozenset[Role]:
        """Every role this actor has now."""
        found = {Role.EVERYONE}
        if self.person_id is not None:
            found.add(Role.PERSON)
        if self.agency_role:
            found.add(Role(self.agency_role))
        if self.company_role:
            found.add(Role(self.company_role))
        if self.system:
            found.add(Role.SYSTEM)
        return frozenset(found)

    def may(self, verb: str) -> bool:
        """Whether the table allows `verb` to one of the actor's roles, and the scopes do."""
        return bool(TABLE[verb] & self.roles) and self.within(verb)

    def within(self, verb: str) -> bool:
        """Whether the scopes of a token leave `verb` open; what everybody may is always."""
        return (
            not self.scopes
            or Role.EVERYONE in TABLE[verb]
            or not {verb, verb.partition(".")[0]}.isdisjoint(self.scopes)
        )


ANONYMOUS = Actor()
SYSTEM = Actor(name="Pavilion", system=True)


def require(actor: Actor, verb: str) -> None:
    """Refuse `verb` to an actor whose roles are too small for it."""
    if not actor.may(verb):
        raise Forbidden()
