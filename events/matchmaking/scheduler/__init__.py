"""Times for one-to-one meetings: the problem, its proof, and the best plan in the time there is."""
