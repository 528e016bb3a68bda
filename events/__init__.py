"""What happens at a place and a time."""
