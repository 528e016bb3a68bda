"""What must be true of an agency's money at every moment. Run after every fault, and at night."""

from server.database import rows

CHECKS: dict[str, str] = {
    "an entry of the ledger does not balance":
        "SELECT entry AS id FROM ledger_posting GROUP BY entry, currency"
        " HAVING sum(amount_minor) <> 0",
    "an entry of the ledger has no postings":
        "SELECT id FROM ledger_entry e"
        " WHERE NOT EXISTS (SELECT 1 FROM ledger_posting WHERE entry = e.id)",
    "an invoice is not on the ledger":
        "SELECT id FROM invoice i WHERE credits IS NULL AND (total_minor <> 0 OR aid_minor <> 0"
        " OR third_party_minor <> 0)"
        " AND NOT EXISTS (SELECT 1 FROM ledger_entry WHERE key = 'invoice:' || i.id)",
    "a payment is not on the ledger":
        "SELECT id FROM payment p"
        " WHERE NOT EXISTS (SELECT 1 FROM ledger_entry WHERE key = 'payment:' || p.id)"
        " AND NOT EXISTS (SELECT 1 FROM ledger_entry WHERE key = 'payment:' || p.part_of)",
    "what is paid on an invoice is not what its payments say":
        "SELECT i.id FROM invoice i LEFT JOIN payment p ON p.invoice = i.id GROUP BY i.id"
        " HAVING i.paid_minor <> coalesce(sum(p.matched_minor + p.fee_minor), 0)",
    "what a company owes on the ledger is not what its invoices ask for":
        "SELECT coalesce(l.company, i.company) AS id FROM"
        " (SELECT p.company, e.agency, p.currency, sum(p.amount_minor) AS n FROM ledger_posting p"
        "  JOIN ledger_entry e ON e.id = p.entry WHERE p.account = 'receivable'"
        "  GROUP BY p.company, e.agency, p.currency) AS l FULL JOIN"
        " (SELECT company, agency, currency, sum(total_minor - paid_minor) AS n FROM invoice"
        "  GROUP BY company, agency, currency) AS i"
        " ON (l.company, l.agency, l.currency) = (i.company, i.agency, i.currency)"
        " WHERE coalesce(l.n, 0) <> coalesce(i.n, 0)",
    "what the sources of subsidies owe on the ledger is not what the invoices say":
        "SELECT coalesce(l.agency, i.agency) AS id FROM"
        " (SELECT e.agency, p.currency, sum(p.amount_minor) AS n FROM ledger_posting p"
        "  JOIN ledger_entry e ON e.id = p.entry WHERE p.account = 'aid_receivable'"
        "  AND e.kind IN ('invoice', 'credit_note') GROUP BY e.agency, p.currency) AS l FULL JOIN"
        " (SELECT agency, currency, sum(third_party_minor) AS n FROM invoice"
        "  GROUP BY agency, currency) AS i ON (l.agency, l.currency) = (i.agency, i.currency)"
        " WHERE coalesce(l.n, 0) <> coalesce(i.n, 0)",
    "the money held on the ledger is not what was received and not sent back":
        "SELECT coalesce(l.agency, p.agency) AS id FROM"
        " (SELECT e.agency, g.currency, sum(g.amount_minor) AS n FROM ledger_posting g"
        "  JOIN ledger_entry e ON e.id = g.entry WHERE g.account IN"
        "  ('card', 'bank', 'suspense', 'other', 'dispute', 'fees', 'exchange')"
        "  GROUP BY e.agency, g.currency) AS l FULL JOIN"
        " (SELECT agency, currency, sum(n) AS n FROM (SELECT agency, currency,"
        "  amount_minor - back_minor - beyond_minor AS n FROM payment"
        "  UNION ALL SELECT agency, currency,"
        "  amount_minor FROM source_payment WHERE taken_back_at IS NULL) AS each"
        "  GROUP BY agency, currency) AS p ON (l.agency, l.currency) = (p.agency, p.currency)"
        " WHERE coalesce(l.n, 0) <> coalesce(p.n, 0)",
    "more of a payment went back than its refunds and lost disputes say":
        "SELECT p.id FROM payment p WHERE p.back_minor + p.beyond_minor <> coalesce((SELECT"
        " sum(r.amount_minor)"
        " FROM refund r WHERE r.payment = p.id AND r.state = 'done'), 0) + coalesce((SELECT"
        " sum(d.held_minor) FROM dispute d WHERE d.payment = p.id AND d.stance = 'lost'), 0)",
    "disputed money on the ledger is not that of the open disputes":
        "SELECT coalesce(l.agency, d.agency) AS id FROM"
        " (SELECT e.agency, g.currency, sum(g.amount_minor) AS n FROM ledger_posting g"
        "  JOIN ledger_entry e ON e.id = g.entry WHERE g.account = 'dispute'"
        "  GROUP BY e.agency, g.currency) AS l FULL JOIN"
        " (SELECT p.agency, d.currency, sum(d.held_minor) AS n FROM dispute d JOIN payment p"
        "  ON p.id = d.payment WHERE d.stance = 'held' GROUP BY p.agency, d.currency) AS d"
        " ON (l.agency, l.currency) = (d.agency, d.currency)"
        " WHERE coalesce(l.n, 0) <> coalesce(d.n, 0)",
    "an invoice number is missing":
        "SELECT s.id FROM number_series s WHERE s.last <> (SELECT count(*) FROM invoice i"
        " WHERE i.agency = s.agency AND (i.kind = 'credit_note') = (s.series = 'credit_note')"
        " AND extract(year FROM i.issued_on) = s.year)",
    "prepayments on the ledger are not what was invoiced in advance and not taken off yet":
        "SELECT coalesce(l.company, i.company) AS id FROM"
        " (SELECT p.company, e.agency, p.currency, -sum(p.amount_minor) AS n FROM ledger_posting p"
        "  JOIN ledger_entry e ON e.id = p.entry WHERE p.account = 'advance'"
        "  GROUP BY p.company, e.agency, p.currency) AS l FULL JOIN"
        " (SELECT company, agency, currency, sum(CASE kind WHEN 'prepayment' THEN net_minor ELSE"
        "  -(SELECT coalesce(sum((each ->> 'net_minor')::bigint), 0)"
        "    FROM jsonb_array_elements(content -> 'prepaid') AS each"
        "    WHERE coalesce(each ->> 'to', '') = '') END) AS n FROM invoice"
        "  WHERE credits IS NULL AND state <> 'credited' GROUP BY company, agency, currency) AS i"
        " ON (l.company, l.agency, l.currency) = (i.company, i.agency, i.currency)"
        " WHERE coalesce(l.n, 0) <> coalesce(i.n, 0)",
    "the small differences on the ledger are not those of the payments":
        "SELECT coalesce(l.agency, p.agency) AS id FROM"
        " (SELECT e.agency, g.currency, sum(g.amount_minor) AS n FROM ledger_posting g"
        "  JOIN ledger_entry e ON e.id = g.entry WHERE g.account = 'differences'"
        "  GROUP BY e.agency, g.currency) AS l FULL JOIN"
        " (SELECT agency, currency, sum(fee_minor + beyond_minor) AS n FROM payment"
        "  GROUP BY agency, currency) AS p ON (l.agency, l.currency) = (p.agency, p.currency)"
        " WHERE coalesce(l.n, 0) <> coalesce(p.n, 0)",
    "the parts of a payment are not what was received":
        "SELECT p.id FROM payment p LEFT JOIN payment q ON q.part_of = p.id WHERE p.part_of IS NULL"
        " AND (p.received_minor IS NOT NULL OR q.id IS NOT NULL) GROUP BY p.id HAVING"
        " coalesce(p.received_minor, p.amount_minor) <> p.amount_minor + coalesce("
        " sum(q.amount_minor), 0)",
    "an entry of the bank that is booked is not what its payments say":
        "SELECT e.id FROM bank_entry e LEFT JOIN payment p ON p.bank_entry = e.id"
        " LEFT JOIN payment r ON r.id = p.part_of AND r.bank_entry = e.id"
        " WHERE e.amount_minor > 0 GROUP BY e.id HAVING (e.state = 'booked') <> (count(p.id) > 0)"
        " OR coalesce(sum(CASE WHEN r.id IS NOT NULL THEN 0 ELSE"
        " coalesce(p.received_minor, p.amount_minor) END), e.amount_minor) <> e.amount_minor",
    "an entry of the bank that is a refund is not what was sent back":
        "SELECT e.id FROM bank_entry e LEFT JOIN refund r ON r.bank_entry = e.id"
        " AND r.state = 'done' WHERE e.amount_minor < 0 AND (e.state = 'refund') <> (r.id IS NOT"
        " NULL AND r.amount_minor = -e.amount_minor)",
    "the bank account of the ledger is not what its statements say":
        "SELECT coalesce(l.agency, s.agency) AS id FROM"
        " (SELECT e.agency, g.currency, sum(g.amount_minor) AS n FROM ledger_posting g"
        "  JOIN ledger_entry e ON e.id = g.entry WHERE g.account = 'bank'"
        "  GROUP BY e.agency, g.currency) AS l FULL JOIN"
        " (SELECT agency, currency, sum(n) AS n FROM ("
        "  SELECT agency, currency, amount_minor AS n FROM bank_entry UNION ALL"
        "  SELECT agency, currency, amount_minor FROM payment WHERE method = 'transfer'"
        "   AND bank_entry IS NULL UNION ALL"
        "  SELECT agency, currency, amount_minor FROM source_payment"
        "   WHERE bank_entry IS NULL AND taken_back_at IS NULL UNION ALL"
        "  SELECT p.agency, p.currency, -r.amount_minor FROM refund r JOIN payment p"
        "   ON p.id = r.payment WHERE p.method = 'transfer' AND r.state = 'done'"
        "   AND r.bank_entry IS NULL UNION ALL"
        "  SELECT agency, currency, amount_minor FROM payout WHERE posted AND statement_ref = ''"
        "  UNION ALL SELECT agency, currency, -amount_minor FROM payout WHERE NOT posted"
        "   AND statement_ref <> ''"
        " ) AS each GROUP BY agency, currency) AS s"
        " ON (l.agency, l.currency) = (s.agency, s.currency)"
        " WHERE coalesce(l.n, 0) <> coalesce(s.n, 0)",
    "entries of the bank without a decision are not those on the suspense account":
        "SELECT coalesce(l.agency, b.agency) AS id FROM"
        " (SELECT e.agency, g.currency, g.account, -sum(g.amount_minor) AS n FROM ledger_posting g"
        "  JOIN ledger_entry e ON e.id = g.entry WHERE g.account IN ('suspense', 'other')"
        "  GROUP BY e.agency, g.currency, g.account) AS l FULL JOIN"
        " (SELECT agency, currency, CASE state WHEN 'open' THEN 'suspense' ELSE 'other' END AS"
        "  account, sum(amount_minor) AS n FROM bank_entry WHERE state = 'open'"
        "  OR (state = 'not_ours' AND why <> 'payout') GROUP BY 1, 2, 3) AS b"
        " ON (l.agency, l.currency, l.account) = (b.agency, b.currency, b.account)"
        " WHERE coalesce(l.n, 0) <> coalesce(b.n, 0)",
    "the balances of a bank statement are not its entries":
        "SELECT id FROM bank_statement WHERE opening_minor + moved_minor <> closing_minor",
    "an entry stands in a period that was closed before it was posted":
        "SELECT e.id FROM ledger_entry e JOIN agency a ON a.id = e.agency JOIN ledger_close c"
        " ON c.agency = e.agency AND (e.at AT TIME ZONE a.tz)::date <= c.until_on"
        " JOIN audit_line l ON l.thing = 'ledger' AND l.verb = 'ledger.close'"
        " AND l.agency_id = e.agency AND l.thing_id = c.id AND (l.after ->> 'last')::bigint < e.id",
    "a cancelled invoice has no credit note":
        "SELECT id FROM invoice i WHERE state = 'credited'"
        " AND NOT EXISTS (SELECT 1 FROM invoice WHERE credits = i.id)",
}  # fmt: skip


async def faults() -> list[str]:
    """One sentence per broken rule, with the ids at fault; empty when all is well."""
    found = []
    for rule, sql in CHECKS.items():
        broken = [str(each["id"]) for each in await rows(sql)]
        if broken:
            found.append(f"{rule}: {', '.join(broken[:10])}")
    return found
