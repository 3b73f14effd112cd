"""A day in the life of a server: ten people who do everything there is to do."""
