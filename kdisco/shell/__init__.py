"""The outside: the Jupyter kernel, the command line."""
