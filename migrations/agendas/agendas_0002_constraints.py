"""What one participant says of one meeting is said once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "one answer of a participant about a meeting"

FORWARDS = """
ALTER TABLE meeting_lateness
    ADD CONSTRAINT meeting_lateness_once UNIQUE (meeting, participant),
    ADD CONSTRAINT meeting_lateness_minutes CHECK (minutes BETWEEN 1 AND 120);
CREATE UNIQUE INDEX meeting_no_show_once ON meeting_no_show (meeting, participant)
    WHERE taken_back_at IS NULL;
ALTER TABLE meeting_rating
    ADD CONSTRAINT meeting_rating_once UNIQUE (meeting, participant),
    ADD CONSTRAINT meeting_rating_outcome CHECK
        (outcome IN ('cooperation', 'informative', 'no_interest', 'not_held')),
    ADD CONSTRAINT meeting_rating_stars CHECK (stars BETWEEN 1 AND 5);
ALTER TABLE meeting_note ADD CONSTRAINT meeting_note_once UNIQUE (meeting, participant);
ALTER TABLE contact_consent ADD CONSTRAINT contact_consent_once UNIQUE (meeting, participant);
ALTER TABLE meeting_other_time ADD CONSTRAINT meeting_other_time_state CHECK
    (state IN ('open', 'agreed', 'declined', 'withdrawn'));
CREATE UNIQUE INDEX meeting_other_time_open ON meeting_other_time (meeting)
    WHERE state = 'open'
"""


async def forwards() -> MigrationManager:
    return by_hand(ID, "agendas", DESCRIPTION, FORWARDS)
