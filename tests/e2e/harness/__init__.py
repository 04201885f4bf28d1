"""End-to-end harness: engines in network namespaces of their own, a terminal, registries, images, leak checks."""
