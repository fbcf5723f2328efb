"""What the kernels do with a packet: rules, addresses, routes, connections."""
