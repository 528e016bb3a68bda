"""Calls, applications, admissions, and who stands where."""
