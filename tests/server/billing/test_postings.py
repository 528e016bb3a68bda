"""Whatever happens, in whatever order, the ledger balances and says what is owed."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from server.billing import postings, rules
from server.billing.postings import Account, Posting
from tests.server.billing.conftest import discount
from tests.server.billing.test_rules import taxed

amounts = st.integers(1, 10**10)
currencies = st.sampled_from(["EUR", "JPY", "KWD"])


def sums(of: list[Posting]) -> dict[tuple[Account, str], int]:
    found: defaultdict[tuple[Account, str], int] = defaultdict(int)
    for posting in of:
        found[posting.account, posting.currency] += posting.amount_minor
    return found


@given(st.integers(0, 10**9), st.integers(0, 10_000), st.integers(0, 3000), currencies)
def test_invoice_balances_and_its_credit_note_leaves_nothing(
    full: int, share: int, rate: int, currency: str
) -> None:
    line = rules.InvoiceLine("Space", Decimal(1), "m2", full, full)
    total = rules.totals([line], taxed(rate), discount(full * share // 10_000))
    invoice = postings.of_invoice(total, currency, 7)
    assert postings.imbalance(invoice) == {}
    both = sums(invoice + postings.of_credit_note(total, currency, 7))
    assert not any(both.values())


@given(amounts, amounts, st.sampled_from(["card", "transfer"]), currencies)
def test_payment_and_its_refund_balance_and_cancel(
    amount: int, debt: int, method: str, currency: str
) -> None:
    matched = min(amount, debt)
    paid = postings.of_payment(method, amount, currency, 7, matched)
    assert postings.imbalance(paid) == {}
    assert sums(paid)[Account.RECEIVABLE, currency] == -matched
    assert sums(paid)[postings.MONEY[method], currency] == amount
    back = postings.of_refund(method, amount, currency, 7, matched)
    assert not any(sums(paid + back).values())


@given(st.lists(st.tuples(st.sampled_from("ipmr"), st.integers(1, 10**6)), max_size=40))
def test_any_sequence_of_events_balances(events: list[tuple[str, int]]) -> None:
    book: list[Posting] = []
    for kind, amount in events:
        if kind == "i":
            line = rules.InvoiceLine("Space", Decimal(1), "m2", amount, amount)
            total = rules.totals([line], taxed(1900), discount(amount // 3))
            book += postings.of_invoice(total, "EUR", 1)
        elif kind == "p":
            book += postings.of_payment("card", amount, "EUR", 1, amount // 2)
        elif kind == "m":
            book += postings.of_matching(amount, "EUR", 1, 2)
        else:
            book += postings.of_refund("transfer", amount, "EUR", 1, amount // 4)
        assert postings.imbalance(book) == {}
        assert all(posting.amount_minor for posting in book)
