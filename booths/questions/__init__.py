"""What a call asks: sections and questions, who is shown which, and what counts as an answer."""
