"""Exhibitors of joint booths in sessions of meetings, in the JSON API."""

from booths.meetings import actions
from events.matchmaking.exhibitors import Followed
from server.text import N_
from server.web.api import Endpoint

ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/desk/meetings/{session_id:int}/exhibitors",
        verb="session.write",
        summary=N_("Take the exhibitors of the fair into a session"),
        tag="Meetings",
        act=lambda actor, session_id: actions.take_exhibitors(actor, session_id),
        shape=lambda found: found,
        row=Followed,
    )
]
