"""Agencies, companies, undertakings and who belongs to them."""
