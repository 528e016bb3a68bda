"""A stand is offered to one company at a time, and a company is asked one thing at a time."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "one open gap per stand, one open offer per gap and per application"

FORWARDS = """
ALTER TABLE waiting_rule
    ADD CONSTRAINT waiting_rule_known CHECK (rule IN ('strict', 'fill_gap')),
    ADD CONSTRAINT waiting_rule_hours CHECK (hours BETWEEN 1 AND 720),
    ADD CONSTRAINT waiting_rule_fit CHECK (under_m2 >= 0 AND over_m2 >= 0);
ALTER TABLE gap ADD CONSTRAINT gap_reason CHECK
    (reason IN ('lapsed', 'released', 'excluded', 'withdrawn', 'moved', 'by_hand'));
ALTER TABLE gap ADD CONSTRAINT gap_filled CHECK (NOT filled OR closed_at IS NOT NULL);
CREATE UNIQUE INDEX gap_open ON gap (stand) WHERE closed_at IS NULL;
CREATE INDEX gap_of_call ON gap (call, id);
ALTER TABLE offer ADD CONSTRAINT offer_state CHECK
    (state IN ('open', 'accepted', 'declined', 'expired', 'taken_back'));
ALTER TABLE offer ADD CONSTRAINT offer_answered CHECK
    ((state = 'open') = (answered_at IS NULL));
CREATE UNIQUE INDEX offer_one_per_gap ON offer (gap) WHERE state = 'open';
CREATE UNIQUE INDEX offer_one_per_application ON offer (application) WHERE state = 'open';
CREATE INDEX offer_of_application ON offer (application, id);
CREATE INDEX offer_of_gap ON offer (gap, id);
CREATE INDEX offer_due ON offer (until) WHERE state = 'open';
CREATE UNIQUE INDEX skip_live ON skip (application) WHERE ended_at IS NULL;
ALTER TABLE gate ADD CONSTRAINT gate_minimum CHECK (minimum >= 1);
ALTER TABLE choosing ADD CONSTRAINT choosing_minutes CHECK (minutes BETWEEN 5 AND 1440)
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "offers", DESCRIPTION, FORWARDS)
