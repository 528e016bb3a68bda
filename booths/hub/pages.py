"""The hub of an exhibitor, the agency's overview, the joint catalogue."""

from booths.hub import company_pages, desk_pages, public_pages, shop_pages

HANDLERS = [
    *company_pages.HANDLERS, *desk_pages.HANDLERS, *shop_pages.HANDLERS, *public_pages.HANDLERS,
]  # fmt: skip
