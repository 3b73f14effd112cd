"""Takes the pictures of the web client that the README shows: python -m tests.browser.gallery.

With a folder, every page goes there: python -m tests.browser.gallery /tmp/pages.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.server.process import serving
from tests.stage import PASSWORD, ROOT, install_packages, needed

HERE = Path(__file__).parent
PICTURES = ROOT / "docs" / "images"
BEST = "talk"
ADMIN = {"TERTULIA_ADMIN_USERNAME": "root.admin", "TERTULIA_ADMIN_PASSWORD": PASSWORD}


def taken(folder: Path, data: Path) -> Any:
    """Every page, on a desk and a phone, in light and dark: pictures, and problems."""
    install_packages(HERE)
    with serving(data, **ADMIN) as served:
        admin = (ADMIN["TERTULIA_ADMIN_USERNAME"], PASSWORD)
        ran = subprocess.run(
            [needed("node"), "gallery.mjs", served.url, *admin, str(folder)],
            cwd=HERE,
            env={**os.environ, "CHROMIUM": needed("chromium")},
            stdout=subprocess.PIPE,
            check=True,
        )
    return json.loads(ran.stdout)


def main() -> None:
    with ExitStack() as folders:
        temporary = Path(folders.enter_context(tempfile.TemporaryDirectory()))
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else temporary / "pages"
        problems = taken(folder, temporary / "data")["problems"]
        if problems:
            sys.exit("\n".join(problems))
        if len(sys.argv) == 1:
            for picture in folder.glob(f"{BEST}-*.png"):
                shutil.copyfile(picture, PICTURES / picture.name.removeprefix(f"{BEST}-"))


if __name__ == "__main__":
    main()
