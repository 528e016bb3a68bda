"""From a session's token to the actor behind it, in one statement."""

from datetime import timedelta

from server import clock
from server.accounts import rules, tokens
from server.accounts.permissions import Actor
from server.database import execute, row

_SIGHT = timedelta(minutes=1)
_FIND = """
SELECT s.id AS session_id, s.kind, s.scopes, s.seen_at, s.proven_at IS NOT NULL AS proven,
       p.id AS person_id, p.name, p.email, p.locale,
       a.id AS agency_id, a.name AS agency_name, am.role AS agency_role,
       c.id AS company_id, c.name AS company_name, cm.role AS company_role
FROM session s
JOIN person p ON p.id = s.person AND p.disabled_at IS NULL
LEFT JOIN LATERAL (SELECT m.agency, m.role FROM agency_member m WHERE m.person = p.id
    ORDER BY (m.agency = s.agency_id) DESC NULLS LAST, m.id LIMIT 1) am ON true
LEFT JOIN agency a ON a.id = am.agency
LEFT JOIN LATERAL (SELECT m.company, m.role FROM company_member m WHERE m.person = p.id
    ORDER BY (m.company = s.company_id) DESC NULLS LAST, m.id LIMIT 1) cm ON true
LEFT JOIN company c ON c.id = cm.company
WHERE s.token_hash = $1 AND s.kind <> 'half' AND s.revoked_at IS NULL AND s.expires_at > $2
"""


async def actor_of(token: str, bearer: bool) -> Actor | None:
    """The actor of a browser's cookie or a program's bearer token; neither serves as the other."""
    now = clock.now()
    found = await row(_FIND, tokens.hash_of(token), now)
    if found is None or (found["kind"] == "browser") == bearer:
        return None
    if not bearer and found["seen_at"] + rules.BROWSER_IDLE < now:
        return None
    if found["seen_at"] + _SIGHT < now:
        await execute("UPDATE session SET seen_at = $2 WHERE id = $1", found["session_id"], now)
    return Actor(
        session_id=found["session_id"],
        proven=found["proven"],
        scopes=tuple(found["scopes"]),
        person_id=found["person_id"],
        name=found["name"],
        email=found["email"],
        locale=found["locale"],
        agency_id=found["agency_id"],
        agency_name=found["agency_name"] or "",
        agency_role=found["agency_role"] or "",
        company_id=found["company_id"],
        company_name=found["company_name"] or "",
        company_role=found["company_role"] or "",
    )
