"""Widgets: sliders and panels around one cluster, and one diagram that moves."""
