"""Stands between free and given: offered down the list, kept, chosen, moved; calls cancelled."""
