"""After the commit: proposals are worked out, and whoever they place is admitted."""

import asyncio

from booths.proposals import actions, carrying, queries
from booths.proposals.cases import answer
from server.errors import Refused
from server.jobs import job

SECONDS = 60.0
PATIENCE = 5.0
"""Seconds that a person waits for a small proposal."""


@job("proposals.work_out")
async def work_out(proposal_id: int, seconds: float = SECONDS) -> None:
    """Work a proposal out in a thread of its own and keep what came out; twice is once."""
    found = await queries.proposal(proposal_id)
    if found is None or found.done_at is not None:
        return
    case = {name: part for name, part in found.content.items() if name != "fixed"}
    try:
        await actions.keep_answer(proposal_id, await asyncio.to_thread(answer, case, seconds), "")
    except Refused as refused:
        await actions.keep_answer(proposal_id, None, " ".join(refused.errors.values()))


@job("proposals.admit")
async def admit(proposal_id: int) -> None:
    """Admit whoever still waits, in rank order, one transaction each."""
    for asked in await carrying.waiting(proposal_id):
        await carrying.admit_one(asked)
