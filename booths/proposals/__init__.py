"""Proposals: who could stand where, worked out and explained before anything is given away."""
