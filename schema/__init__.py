"""The contract: the types, inputs and roots of the GraphQL API. Thin, and without a database."""
