"""People, sign-in, sessions, tokens, permissions."""
