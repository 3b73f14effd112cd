"""The storage: the Tortoise models, one file a noun, and every SQL statement there is."""
