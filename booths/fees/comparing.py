"""What is different between a quote that was kept and the one of today, row by row. Pure."""

from booths.fees.rules import Quote

ROWS = (
    ("full", "full_minor"),
    ("aid", "aid_minor"),
    ("net", "net_minor"),
    ("vat", "vat_minor"),
    ("total", "total_minor"),
)


def differences(old: Quote, new: Quote) -> list[tuple[str, int | None, int | None]]:
    """(label of a line or name of a sum, then, now) for all that is not the same, in order.

    Amounts are minor units; None where the line is in one of the two only. Empty: nothing changed.
    """
    then = {line.key: line for line in old.lines}
    now = {line.key: line for line in new.lines}
    found: list[tuple[str, int | None, int | None]] = []
    for key in dict.fromkeys([*then, *now]):
        before, after = then.get(key), now.get(key)
        seen = before.amount_minor if before else None
        known = after.amount_minor if after else None
        if seen != known:
            line = after or before
            assert line is not None
            found.append((line.label, seen, known))
    for name, column in ROWS:
        if getattr(old, column) != getattr(new, column):
            found.append((name, getattr(old, column), getattr(new, column)))
    return found
