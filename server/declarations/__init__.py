"""What companies declare: once, with a date, an expiry and, where it is needed, evidence."""
