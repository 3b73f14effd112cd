"""Takes the pictures of the web client that the README shows: python -m tests.browser.portraits."""

import subprocess
import tempfile
from pathlib import Path

from tests.server.process import serving
from tests.stage import ROOT, install_packages

HERE = Path(__file__).parent
PICTURES = ROOT / "docs" / "images"


def main() -> None:
    install_packages(HERE)
    with tempfile.TemporaryDirectory() as data, serving(Path(data)) as served:
        command = ["node", "portraits.mjs", served.url, str(PICTURES)]
        subprocess.run(command, cwd=HERE, check=True)


if __name__ == "__main__":
    main()
