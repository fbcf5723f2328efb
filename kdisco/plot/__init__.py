"""Numbers as plots: each with the same numbers as a table, for those who read or listen."""
