"""Trade fairs: editions, venues, opening days."""
