"""A decision as a file: everything it was made of, its order, and a fingerprint over both.

The file is canonical JSON (keys sorted, no spaces, UTF-8), so that its SHA-256 says whether one
character has changed since. `check` works the same list out again.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from booths.ranking.ordering import rank
from booths.ranking.rules import RULE, RULES_KNOWN, Edit, Inputs, Placed, Plan, commitment
from server.errors import Refused
from server.text import N_, gettext

FORMAT = "pavilion-decision/1"


def canonical(content: Mapping[str, Any]) -> str:
    """`content` as the one text that has its fingerprint."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(text: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(each: object) -> Any:
    return msgspec.to_builtins(each, str_keys=True)


def written(
    plan: Plan, inputs: Inputs, edits: Sequence[Edit], order: Sequence[Placed], **about: Any
) -> dict[str, Any]:
    """The content of a decision; `about` says which call, version, when, who and why."""
    return {
        "format": FORMAT,
        "rule": RULE,
        "commitment": commitment(inputs.seed) if inputs.seed else None,
        "plan": _plain(plan),
        "inputs": _plain(inputs),
        "edits": [_plain(each) for each in edits],
        "order": [_plain(each) for each in order],
        **_plain(about),
    }


def read(content: Mapping[str, Any]) -> tuple[Plan, Inputs, list[Edit], list[Placed]]:
    """A decision's parts from its content; refused where it is none that this version knows."""
    if content.get("format") != FORMAT or content.get("rule") not in RULES_KNOWN:
        raise Refused(
            N_("This is no decision of the format {format} and the rule {rule}."),
            format=FORMAT,
            rule=RULE,
        )
    try:
        return (
            msgspec.convert(content["plan"], Plan),
            msgspec.convert(content["inputs"], Inputs),
            msgspec.convert(content["edits"], list[Edit]),
            msgspec.convert(content["order"], list[Placed]),
        )
    except (KeyError, msgspec.ValidationError) as wrong:
        raise Refused(N_("The decision is incomplete: {wrong}."), wrong=str(wrong)) from None


def check(content: Mapping[str, Any]) -> list[str]:
    """Work the list out again from a decision's own inputs: what differs, or nothing."""
    plan, inputs, edits, stored = read(content)
    differs = []
    bare = {name: value for name, value in content.items() if name != "sha256"}
    if "sha256" in content and fingerprint(canonical(bare)) != content["sha256"]:
        differs.append(gettext(N_("The file was changed: its fingerprint is another.")))
    if inputs.seed and commitment(inputs.seed) != content.get("commitment"):
        differs.append(gettext(N_("The seed is not the one that was promised.")))
    again = rank(plan, inputs, edits)
    if len(again) != len(stored):
        differs.append(
            gettext(N_("{n} lines were stored, {m} come out."), n=len(stored), m=len(again))
        )
    for was, now in zip(stored, again, strict=False):
        if was != now:
            differs.append(
                gettext(
                    N_("Rank {n}: {was} ({outcome}) was stored, {now} ({again}) comes out."),
                    n=was.rank,
                    was=was.reference,
                    outcome=was.outcome.value,
                    now=now.reference,
                    again=now.outcome.value,
                )
            )
    return differs
