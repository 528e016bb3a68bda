"""Whom to meet: people whose offers and needs complete each other, both ways, each with reasons."""
