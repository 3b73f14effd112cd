"""The tests on a PostgreSQL server of their own: `python -m tests.postgres [pytest's options]`."""

import os
import subprocess
import sys

from tests.stage import a_postgres, postgres_program


def main() -> int:
    """Pytest's exit code; 0 where PostgreSQL is not installed, which is said."""
    if postgres_program("initdb") is None:
        print("PostgreSQL is not installed: the tests were not run on it.")
        return 0
    with a_postgres() as url:
        command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
        environment = {**os.environ, "TERTULIA_TEST_DATABASE_URL": url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
