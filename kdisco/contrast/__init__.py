"""What differs between two moments: objects, DNS answers, rules, and what becomes of packets."""
