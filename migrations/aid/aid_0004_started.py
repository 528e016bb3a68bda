"""When aid was applied for and the stand first ordered; the grant that a lowered one became."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0004"
VERSION = "1.38.0"
DESCRIPTION = "the application before the start, and what a lowered grant became"

FORWARDS = """
ALTER TABLE aid_grant
    ADD COLUMN applied_on date,
    ADD COLUMN ordered_on date;

ALTER TABLE aid_proof
    ADD COLUMN lowered_to integer REFERENCES aid_grant (id) ON DELETE RESTRICT;
UPDATE aid_proof p SET lowered_to = n.id
  FROM aid_grant g JOIN aid_grant n ON n.about = g.about AND n.scheme = g.scheme
   AND n.reverses IS NULL AND n.id > g.id
 WHERE g.id = p.aid_grant AND p.state = 'accepted' AND p.payout_minor = n.amount_minor
   AND EXISTS (SELECT FROM aid_grant r WHERE r.reverses = g.id);
CREATE INDEX aid_proof_lowered ON aid_proof (lowered_to) WHERE lowered_to IS NOT NULL
"""


async def forwards() -> MigrationManager:
    """Two dates of a grant, and one link of a proof."""
    return by_hand(ID, "aid", DESCRIPTION, FORWARDS)
