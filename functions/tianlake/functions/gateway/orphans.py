"""Workers that end when the server which started them is gone: one that was killed cannot tell them.

Else they would go on for ever behind a port that the next server finds taken.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from typing import Final

_log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
"""Between two looks, seconds."""


def end_with_parent(stop_s: float) -> None:
    """Let this process end like one that was asked to once its parent is gone; a process without one goes on.

    Args:
        stop_s: How long requests under way may take then, seconds; after that it ends at once.
    """
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        threading.Thread(target=_watch, args=(parent.pid, stop_s), daemon=True, name="orphans").start()


def _watch(parent: int, stop_s: float) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    _log.error("serve: the server that started this worker is gone; it ends, so that the port is free for another")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(stop_s)
    os._exit(1)
