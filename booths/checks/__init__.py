"""Eligibility rules as data, what they find, and who may look past a finding."""
