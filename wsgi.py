"""The way in: ``python3 wsgi.py`` installs and runs the program, a WSGI server imports ``wsgi:app``."""

import sys
from pathlib import Path

if __name__ == "__main__":
    try:
        from nhanquyen.install import ensure_environment

        ensure_environment(Path(__file__).resolve().with_name("requirements.txt"))

        from nhanquyen.cli import main

        main()
    except KeyboardInterrupt:
        sys.exit(130)
else:
    from nhanquyen.setup import require_database
    from nhanquyen.web import create_app

    require_database()
    app = create_app()
