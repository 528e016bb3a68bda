"""Invoices, the ledger, payments by card and by bank transfer, and refunds."""
