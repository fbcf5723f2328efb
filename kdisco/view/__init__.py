"""State in, pictures and text out: DOT, SVG, HTML. Nothing here displays or changes anything."""
