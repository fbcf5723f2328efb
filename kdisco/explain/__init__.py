"""Why a Service does not answer: the chain that a packet needs, link by link, to the first one that is broken."""
