"""Calendars for programs: what comes next, and private addresses."""

from events.calendars import actions, free, queries
from events.calendars.actions import NewAddress
from events.calendars.forms import BusyForm, FeedForm
from events.calendars.free import BusyRow
from events.calendars.queries import FeedRow, ItemRow
from server.text import N_
from server.web.api import Endpoint, Made

TAG = "Calendars"

ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/calendar/items",
        verb="calendar.own",
        summary=N_("What comes next for your organisation, soonest first"),
        tag=TAG,
        fetch=queries.upcoming,
        row=ItemRow,
        many=True,
    ),
    Endpoint(
        method="GET",
        path="/calendar/feeds",
        verb="calendar.own",
        summary=N_("Your private calendar addresses, without their secret part"),
        tag=TAG,
        fetch=queries.feeds_page,
        row=FeedRow,
        many=True,
    ),
    Endpoint(
        method="POST",
        path="/calendar/feeds",
        verb="calendar.own",
        summary=N_("Make a private calendar address; the answer shows it this once"),
        tag=TAG,
        form=FeedForm,
        act=actions.create_feed,
        row=NewAddress,
        status=201,
    ),
    Endpoint(
        method="POST",
        path="/calendar/feeds/{feed_id:int}",
        verb="calendar.own",
        summary=N_("Change the name, the kinds or the reminders of an address"),
        tag=TAG,
        form=FeedForm,
        act=lambda actor, form, feed_id: actions.change_feed(actor, feed_id, form),
    ),
    Endpoint(
        method="POST",
        path="/calendar/feeds/{feed_id:int}/rotate",
        verb="calendar.own",
        summary=N_("Replace an address; the old one stops working at once"),
        tag=TAG,
        act=actions.rotate_feed,
        row=NewAddress,
    ),
    Endpoint(
        method="POST",
        path="/calendar/feeds/{feed_id:int}/revoke",
        verb="calendar.own",
        summary=N_("Revoke an address at once, for good"),
        tag=TAG,
        act=actions.revoke_feed,
    ),
    Endpoint(
        method="GET",
        path="/calendar/busy",
        verb="calendar.company",
        summary=N_("The calendars that say when you are busy, without their addresses"),
        tag=TAG,
        fetch=free.page_of_own,
        row=BusyRow,
        many=True,
    ),
    Endpoint(
        method="POST",
        path="/calendar/busy",
        verb="calendar.company",
        summary=N_("Give a calendar that says when you are busy"),
        tag=TAG,
        form=BusyForm,
        act=free.give,
        row=Made,
        status=201,
    ),
    Endpoint(
        method="POST",
        path="/calendar/busy/{calendar_id:int}/end",
        verb="calendar.company",
        summary=N_("Forget such a calendar and its busy times"),
        tag=TAG,
        act=free.take_away,
    ),
]
