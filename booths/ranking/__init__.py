"""Who gets a place: the published rule, the evaluators' scores, provable decisions."""
