"""What the objects are: frozen attrs values, their JSON and YAML forms, the names of their kinds."""
