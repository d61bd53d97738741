"""Start of the gateway's container: writes the settings it is given into an empty workspace, then serves.

TIANLAKE_FILES  JSON object: path in the workspace -> text of the file
Arguments: the folder of the workspace, then what `tianlake` is called with.
"""  # noqa: INP001 - read by Terraform, and run by `python -c`

import json
import os
import sys
from pathlib import Path

workspace = Path(sys.argv[1])
for path, text in json.loads(os.environ.pop("TIANLAKE_FILES")).items():
    file = workspace / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
os.execvp("tianlake", ["tianlake", "-C", str(workspace), *sys.argv[2:]])  # noqa: S606, S607 - the image has it on its PATH
