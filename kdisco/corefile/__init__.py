"""What a Corefile says: its form, its directives, the options of CoreDNS and its plugins."""
