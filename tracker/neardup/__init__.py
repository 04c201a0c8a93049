"""Near-duplicates: is an article the same text as an earlier one, and of what kind."""
