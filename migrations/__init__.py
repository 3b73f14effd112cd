"""Migrations, applied by aerich at every start; one folder serves both engines."""
