"""A stand-in for Stripe that speaks its HTTP to the real `stripe` library, for tests and shows.

It keeps Checkout Sessions, payment intents, charges and refunds in memory (and in a file, if one is
named), honours idempotency keys, signs webhooks, and can be told to misbehave under `/_control`.
No money moves: every page it shows says "test payments".
"""
