"""Who answers to a name: CoreDNS, resolv.conf, the stub resolvers."""
