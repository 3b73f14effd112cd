"""The behaviour: what each operation does. Knows nothing of GraphQL or HTTP."""
