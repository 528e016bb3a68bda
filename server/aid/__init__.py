"""The state-aid register: schemes, budgets, headroom, grants and their reversals."""
