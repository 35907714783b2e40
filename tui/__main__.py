"""``python -m tui`` is ``modeldeck``."""

import sys

from tui.cli.main import main

sys.exit(main())
