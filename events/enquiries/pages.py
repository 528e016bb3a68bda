"""Every page of this room."""

from events.enquiries import article_pages, ask_pages, desk_pages, set_pages

HANDLERS = [
    *ask_pages.HANDLERS,
    *desk_pages.HANDLERS,
    *set_pages.HANDLERS,
    *article_pages.HANDLERS,
]
