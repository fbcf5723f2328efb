"""Where the objects live and how time passes: the state, its transactions, the API server, the past."""
