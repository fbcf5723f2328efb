"""The exercises of the course, a module a chapter."""
