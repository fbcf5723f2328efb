"""What goes wrong in clusters, to be tried out: each fault is data, can be injected, and taken back."""
