"""The joint booth and who stands on it."""
