"""Which invoice a transfer pays, as a pure function over one statement and one agency's books.

What is certain is booked, what is not is a guess with its reasons; nothing is ever booked on a
guess. Certain is: our own creditor reference (ISO 11649, whose check digits catch every mistyped
character); an invoice number together with the right payer and the right amount; an account that
one company has paid from before together with an amount to which exactly one set of its open
invoices adds up; a reference with one slip together with the right payer and an amount that only
this one of the payer's invoices has. Names and amounts alone are never certain. Entries are looked
at in order, and each sees what the ones before it have paid; what was not certain is looked at
again when the rest of the statement has been booked.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from server.billing import rules
from server.billing.bank_book import (
    DAYS_APART,
    MOST_GUESSES,
    Ask,
    Book,
    Decision,
    Guess,
    Part,
    Why,
    spellings,
    squeezed,
    without_one,
)
from server.billing.bank_shapes import Entry
from server.billing.rules import InvoiceState, PaymentState

MOST_ADDED = 12


def decide(entry: Entry, account_hash: str, book: Book) -> Decision:
    """What becomes of one entry. Only reads `book`; `note` tells it what was booked."""
    if entry.amount_minor < 0:
        return _money_out(entry, account_hash, book)
    text = f"{entry.text} {entry.end_to_end}"
    plain = squeezed(entry.text) + "|" + squeezed(entry.end_to_end)
    by_reference = _references(plain, book)
    by_number = [ask for ask in _numbers(text, book) if ask not in by_reference]
    named = [*by_reference, *by_number]
    if found := _by_hand(entry, named, book) or _payout(entry, plain, book):
        return found
    if entry.returned:
        return Decision("open", Why.RETURNED, guesses=_guesses(entry, plain, named, book))
    payer = _payer(entry, account_hash, book)
    if len(named) == 1 and by_reference:
        return _single(entry, named[0], Why.REFERENCE, book, payer)
    if len(named) == 1 and payer == named[0].company and _fits(entry, named):
        return _single(entry, named[0], Why.NUMBER, book, payer)
    if (
        len(named) > 1
        and _fits(entry, named)
        and all(ask in by_reference or ask.company == payer for ask in named)
    ):
        return _booked(entry, named, Why.SEVERAL, learn=_one({a.company for a in named}) == payer)
    typos = [] if named else _typos(plain, book)
    if len(typos) == 1 and payer == typos[0].company and not _other_reference(plain):
        mine = book.by_company.get(payer, [])
        if [ask for ask in mine if _fits(entry, [ask])] == typos:
            return _booked(entry, typos, Why.TYPO, learn=True)
    known = book.accounts.get(account_hash, set()) if account_hash else set()
    if not named and not typos and len(known) == 1 and not _other_reference(plain):
        asks = [ask for ask in book.by_company.get(min(known), []) if ask.open_minor]
        sets = _sets(entry, asks)
        if len(sets) == 1:
            why = (Why.ACCOUNT if len(sets[0]) == 1
                   else Why.ACCOUNT_ALL if len(sets[0]) == len(asks) else Why.ONLY)  # fmt: skip
            return _booked(entry, sets[0], why)
    guesses = _guesses(entry, plain, named, book, typos, known)
    why = guesses[0].reasons[0] if guesses else Why.NOTHING
    return Decision("open", why, guesses=guesses)


def note(decision: Decision, account_hash: str, book: Book) -> None:
    """Let the entries that follow see what was booked."""
    for part in decision.parts:
        ask = book.by_id[part.invoice]
        ask.paid_minor += part.matched_minor + part.fee_minor
        if ask.paid_minor == ask.total_minor and part.matched_minor:
            ask.state = InvoiceState.PAID
    if decision.learn and account_hash and decision.company is not None:
        book.accounts.setdefault(account_hash, set()).add(decision.company)
    if decision.payment is not None:
        book.by_hand = [each for each in book.by_hand if each.id != decision.payment]
    if decision.refund is not None:
        book.refunds = [each for each in book.refunds if each.id != decision.refund]
    if decision.payout is not None:
        book.payouts = [each for each in book.payouts if each.id != decision.payout]


def _one(found: Iterable[int]) -> int | None:
    few = set(found)
    return few.pop() if len(few) == 1 else None


def _references(plain: str, book: Book) -> list[Ask]:
    """The invoices whose references stand in the text, in its order."""
    found: list[Ask] = []
    for start in re.finditer(r"RF\d\d", plain):
        for length in book.lengths:
            ask = book.by_reference.get(plain[start.start() : start.start() + length])
            if ask is not None and ask not in found:
                found.append(ask)
    return found


def _numbers(text: str, book: Book) -> list[Ask]:
    if book.pattern is None:
        return []
    found: list[Ask] = []
    for hit in book.pattern.finditer(text.upper()):
        ask = book.by_number.get(squeezed("".join(hit.groups())))
        if ask is not None and ask not in found:
            found.append(ask)
    return found


def _other_reference(plain: str) -> bool:
    """Whether a creditor reference stands in the text that is none of ours."""
    return any(
        rules.compact_reference(plain[start.start() : start.start() + length])
        for start in re.finditer(r"RF\d\d", plain)
        for length in range(6, 26)
        if len(plain) >= start.start() + length
    )


def _payer(entry: Entry, account_hash: str, book: Book) -> int | None:
    """The one company that the entry's name or account belongs to. Two that differ are none."""
    by_name = _of_name(entry.name, book)
    by_account = book.accounts.get(account_hash, set()) if account_hash else set()
    return _one(by_name & by_account if by_name and by_account else by_name or by_account)


def _of_name(name: str, book: Book) -> set[int]:
    found: set[int] = set()
    for spelling in spellings(name):
        found |= book.by_name.get(spelling, set())
        if not found and len(spelling) >= 18:  # banks cut long names
            found |= {c for known, c_s in book.by_name.items() if known.startswith(spelling)
                      for c in c_s}  # fmt: skip
    return found


def _fits(entry: Entry, asks: Sequence[Ask]) -> bool:
    return all(ask.currency == entry.currency and ask.open_minor for ask in asks) and (
        sum(ask.open_minor for ask in asks) == entry.amount_minor
    )


def _sets(entry: Entry, asks: Sequence[Ask]) -> list[list[Ask]]:
    """The sets of invoices that add up to the amount: none, the only one, or two of several.

    A company with more than `MOST_ADDED` open invoices has too many sets for one to mean anything.
    """
    mine = [ask for ask in asks if ask.currency == entry.currency and ask.open_minor]
    found: list[list[Ask]] = []
    if len(mine) > MOST_ADDED:
        return found

    def add(at: int, left: int, taken: list[Ask]) -> None:
        if len(found) > 1 or left < 0:
            return
        if left == 0:
            found.append(taken)
            return
        for n in range(at, len(mine)):
            add(n + 1, left - mine[n].open_minor, [*taken, mine[n]])

    add(0, entry.amount_minor, [])
    return found


def _single(entry: Entry, ask: Ask, why: Why, book: Book, payer: int | None) -> Decision:
    """All of the entry for one invoice that is known for sure, whatever the amount."""
    how = rules.match(ask.owed, entry.amount_minor, entry.currency)
    state = rules.payment_state(how, asked_minor=None, amount_minor=entry.amount_minor)
    if how is rules.Match.OVER:  # the invoice is settled, the rest is the company's credit
        state = PaymentState.MATCHED
    matched = min(entry.amount_minor, ask.open_minor) if state is PaymentState.MATCHED else 0
    short = ask.open_minor - entry.amount_minor
    kept = book.tolerance_minor if entry.currency == book.tolerance_in else 0
    fee = short if how is rules.Match.PART and short <= kept else 0
    part = Part(ask.id, entry.amount_minor, matched, fee, state, how)
    return Decision("booked", why, (part,), company=ask.company, learn=payer == ask.company)


def _booked(entry: Entry, asks: Sequence[Ask], why: Why, *, learn: bool = False) -> Decision:
    parts = tuple(
        Part(ask.id, ask.open_minor, ask.open_minor, 0, PaymentState.MATCHED, rules.Match.EXACT)
        for ask in asks
    )
    return Decision("booked", why, parts, company=asks[0].company, learn=learn)


def _by_hand(entry: Entry, named: Sequence[Ask], book: Book) -> Decision | None:
    """The entry as a transfer that was recorded before; asked about where that is not sure."""
    same = [
        each
        for each in book.by_hand
        if (each.amount_minor, each.currency) == (entry.amount_minor, entry.currency)
        and abs((each.on - entry.booked_on).days) <= DAYS_APART
    ]
    sure = [
        each
        for each in same
        if (each.bank_ref and each.bank_ref == entry.bank_ref)
        or (each.invoice is not None and each.invoice in [ask.id for ask in named])
        or (not named and spellings(each.payer) & spellings(entry.name))
    ]
    if sure:
        return Decision("booked", Why.BY_HAND, payment=sure[0].id)
    doubtful = [each for each in same if not named or each.invoice is None]
    if doubtful:
        guesses = tuple(Guess(payment=each.id, reasons=(Why.BY_HAND,)) for each in doubtful[:2])
        plain = squeezed(entry.text) + "|" + squeezed(entry.end_to_end)
        return Decision("open", Why.BY_HAND,
                        guesses=(*guesses, *_guesses(entry, plain, named, book)))  # fmt: skip
    return None


def _payout(entry: Entry, plain: str, book: Book) -> Decision | None:
    """The entry as a payout of Stripe: its name, the amount and about the day."""
    if "STRIPE" not in squeezed(entry.name) + plain:
        return None
    for each in book.payouts:
        if (each.amount_minor, each.currency) == (entry.amount_minor, entry.currency) and abs(
            (each.on - entry.booked_on).days
        ) <= DAYS_APART:
            return Decision("not_ours", Why.PAYOUT, payout=each.id)
    return None


def _money_out(entry: Entry, account_hash: str, book: Book) -> Decision:
    plain = squeezed(f"{entry.text}|{entry.end_to_end}")
    same = [
        each
        for each in book.refunds
        if (each.amount_minor, each.currency) == (-entry.amount_minor, entry.currency)
        and (each.on is None or abs((each.on - entry.booked_on).days) <= DAYS_APART)
    ]
    for each in same:
        if re.search(rf"{squeezed(each.token)}(?!\d)", plain):
            return Decision("refund", Why.REFUND, refund=each.id)
    near = [
        each
        for each in same
        if (account_hash and each.account_hash == account_hash)
        or spellings(entry.name) & each.names
    ]
    if len(near) == 1 and near[0].on is not None:
        return Decision("refund", Why.REFUND, refund=near[0].id)
    if near:
        return Decision("open", Why.REFUND,
                        guesses=tuple(Guess(refund=each.id, reasons=(Why.AMOUNT, Why.NAME))
                                      for each in near[:MOST_GUESSES]))  # fmt: skip
    if entry.returned:
        return Decision("open", Why.RETURNED)
    return Decision("not_ours", Why.DEBIT)


def _typos(plain: str, book: Book) -> list[Ask]:
    """Open invoices whose reference is one character away from something in the text."""
    found: dict[int, Ask] = {}
    for length in book.lengths:
        for wide in (length - 1, length, length + 1):
            for start in range(len(plain) - wide + 1):
                window = plain[start : start + wide]
                if sum(c.isdigit() for c in window) < length - 4 or "|" in window:
                    continue
                if wide < length:
                    hits = {book.near.get(window)}
                else:
                    hits = {book.near.get(each) for each in without_one(window)}
                    if wide > length:
                        hits |= {ask.id for each in without_one(window)
                                 if (ask := book.by_reference.get(each))}  # fmt: skip
                found |= {hit: book.by_id[hit] for hit in hits if hit is not None}
    return [ask for ask in found.values() if ask.open_minor][:MOST_GUESSES]


def _guesses(
    entry: Entry, plain: str, named: Sequence[Ask], book: Book, typos: Sequence[Ask] = (),
    known: Iterable[int] = (),
) -> tuple[Guess, ...]:  # fmt: skip
    """The best few, each with every reason that speaks for it."""
    reasons: defaultdict[tuple[int, ...], list[Why]] = defaultdict(list)
    payers = _of_name(entry.name, book)
    if len(named) > 1:
        reasons[tuple(ask.id for ask in named if ask.open_minor)].append(Why.OTHER_SUM)
    for ask in named:
        if ask.open_minor:
            reasons[(ask.id,)].append(Why.SHORT_NUMBER)
    for ask in typos:
        reasons[(ask.id,)].append(Why.TYPO)
    for hit in re.finditer(
        r"(?<!\d)20\d\d[\s\-/]?(\d{5})(?!\d)", f"{entry.text} {entry.end_to_end}"
    ):
        for ask in book.by_tail.get(squeezed(hit[0]), []):
            if ask.open_minor and not named:
                reasons[(ask.id,)].append(Why.SHORT_NUMBER)
    for company in {*known, *payers}:
        asks = [ask for ask in book.by_company.get(company, []) if ask.open_minor]
        why = Why.NAME if company in payers else Why.ACCOUNT
        if len(asks) > 1 and _fits(entry, asks):
            reasons[tuple(ask.id for ask in asks)].append(why)
        for ask in asks:
            reasons[(ask.id,)].append(why)
    for ask in book.by_amount.get((entry.amount_minor, entry.currency), [])[:MOST_GUESSES]:
        if _fits(entry, [ask]):
            reasons[(ask.id,)].append(Why.AMOUNT)
    weight = {Why.TYPO: 8, Why.SHORT_NUMBER: 8, Why.OTHER_SUM: 7, Why.ACCOUNT: 5, Why.NAME: 5,
              Why.AMOUNT: 3}  # fmt: skip
    ranked = sorted(
        ((ids, whys) for ids, whys in reasons.items() if ids),
        key=lambda each: (-sum(weight[why] for why in set(each[1])),
                          -_fits(entry, [book.by_id[n] for n in each[0]]), each[0]),
    )  # fmt: skip
    return tuple(Guess(ids, tuple(dict.fromkeys(whys))) for ids, whys in ranked[:MOST_GUESSES])


def plan(entries: Sequence[tuple[Entry, str]], book: Book) -> list[Decision]:
    """A decision for each (entry, hashed account), in order."""
    made = []
    for entry, account_hash in entries:
        made.append(decide(entry, account_hash, book))
        note(made[-1], account_hash, book)
    for n, (entry, account_hash) in enumerate(entries):
        if made[n].state == "open":
            made[n] = decide(entry, account_hash, book)
            note(made[n], account_hash, book)
    return made
