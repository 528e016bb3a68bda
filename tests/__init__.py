"""The tests mirror the three floors of the house."""
