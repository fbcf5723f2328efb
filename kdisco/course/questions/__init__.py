"""The questions of the course, a module a chapter."""
