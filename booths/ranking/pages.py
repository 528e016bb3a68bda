"""The pages of the room: settings, scoring, decisions."""

from booths.ranking import decision_pages, scoring_pages, settings_pages

HANDLERS = [
    *settings_pages.HANDLERS,
    *scoring_pages.HANDLERS,
    *decision_pages.HANDLERS,
]
