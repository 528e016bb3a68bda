"""The hosted payment page: plain HTML, no script, and never to be taken for the real thing."""

from html import escape
from typing import Any

from babel.numbers import format_currency, get_currency_precision

STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;font:1.0625rem/1.5 system-ui,"Noto Sans",sans-serif;color:#14202b;background:#eef2f6}
.band{background:#ffdd00;color:#14202b;padding:.6rem 1rem;text-align:center;font-weight:600}
main{max-width:27rem;margin:2.5rem auto;padding:2rem;background:#fff;border-radius:.75rem;
box-shadow:0 1px 2px #0002,0 12px 32px #0d294814}h1{font-size:1.25rem;margin:0 0 .25rem}
.sum{font-size:2.25rem;font-weight:700;margin:.25rem 0 1rem}ul{padding:0 0 1rem;margin:0 0 1.25rem;
list-style:none;border-bottom:1px solid #d5dde5;color:#455565}
.card{border:1px solid #b4c1cd;border-radius:.5rem;padding:.75rem 1rem;margin:0 0 1.25rem}
.card span{display:block;color:#455565;font-size:.9375rem}
button{display:block;width:100%;min-height:3rem;margin:.6rem 0 0;font:inherit;font-weight:600;
border-radius:.5rem;border:2px solid #0b5cad;cursor:pointer;background:#fff;color:#0b5cad}
button.go{background:#0b5cad;color:#fff}button:focus-visible{outline:3px solid #ffb000;
outline-offset:2px}.no{border-left:5px solid #b3261e;background:#fdeeed;padding:.75rem 1rem;
margin:0 0 1.25rem}@media(max-width:30rem){main{margin:0;border-radius:0;padding:1.25rem}}
"""
SHELL = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">
<style>{style}</style></head><body><header class="band">Test payments: no money moves</header>
<main>{body}</main></body></html>"""


def money(minor: int, currency: str) -> str:
    currency = currency.upper()
    return format_currency(minor / 10 ** get_currency_precision(currency), currency, locale="en")


def shell(title: str, body: str) -> str:
    return SHELL.format(title=escape(title), style=STYLE, body=body)


def pay(session: dict[str, Any], declined: bool) -> str:
    """The page of an open session."""
    amount = escape(money(session["amount_total"], session["currency"]))
    lines = "".join(f"<li>{escape(name)}</li>" for name in session["line_items"])
    said = (
        '<p class="no" role="alert">The card was declined. Nothing was charged. '
        "Try again or go back.</p>"
        if declined
        else ""
    )
    body = f"""<h1>Pay by card</h1><p class="sum">{amount}</p><ul>{lines}</ul>{said}
<div class="card"><strong>Test card 4242 4242 4242 4242</strong>
<span>Any date, any number</span></div>
<form method="post"><button class="go" name="choice" value="pay">Pay {amount}</button>
<button name="choice" value="debit">Pay by bank debit (settles later)</button>
<button name="choice" value="decline">Let the bank decline it</button>
<button name="choice" value="cancel">Cancel and go back</button></form>"""
    title = f"Pay {money(session['amount_total'], session['currency'])} - test payments"
    return shell(("Declined: " if declined else "") + title, body)


def over(session: dict[str, Any]) -> str:
    """The page of a session that can no longer be paid."""
    word = {"complete": "already paid", "expired": "no longer open"}[session["status"]]
    back = escape(session["cancel_url"] or session["success_url"])
    body = f"""<h1>This payment is {word}</h1><p>Nothing more is charged.</p>
<p><a href="{back}">Go back</a></p>"""
    return shell("Nothing to pay - test payments", body)


def missing() -> str:
    return shell("Not found - test payments", "<h1>There is no such payment</h1>")
