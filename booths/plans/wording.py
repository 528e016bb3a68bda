"""Words that the sentences about a plan share."""

from collections.abc import Iterable

from server.text import N_, gettext


def listed(labels: Iterable[str]) -> str:
    """A1, A2 and A3; shortened after eight."""
    some = list(labels)
    if len(some) > 8:
        return gettext(N_("{some} and {n} more"), some=", ".join(some[:8]), n=len(some) - 8)
    if len(some) > 1:
        return gettext(N_("{some} and {last}"), some=", ".join(some[:-1]), last=some[-1])
    return "".join(some)
