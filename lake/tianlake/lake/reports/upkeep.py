"""What patrols and backups of a quarter came to, from the results that they leave in the node's lake."""

from __future__ import annotations

from typing import Final

from tianlake.lake import keys
from tianlake.lake.backup.results import results
from tianlake.lake.patrol import Patrol
from tianlake.lake.records import parse_record
from tianlake.lake.reports.counting import figure
from tianlake.lake.reports.quarter import Quarter
from tianlake.lake.reports.report import Section
from tianlake.lake.store import Store
from tianlake.lake.words import Text

NO_PATROL: Final = Text("本季度没有巡检结果", "no patrol left a result in this quarter")
NO_BACKUP: Final = Text("本季度没有备份结果", "no backup left a result in this quarter")
NO_DRILL: Final = Text("本季度没有恢复演练", "no restore drill was held in this quarter")


def upkeep(store: Store, quarter: Quarter) -> Section:
    """Return the figures of article 18's daily work.

    Raises:
        LakeError: A result cannot be read.
        StoreError: The store does not answer.
    """
    every = [
        parse_record(Patrol, store.get(info.key)[1], file=info.key)
        for info in store.list(keys.PATROLS)
        if info.key.endswith(".json")
    ]
    patrols = [each for each in every if quarter.holds(each.at)]
    backups = [each for each in results(store) if quarter.holds(each.at)]
    taken = [each for each in backups if each.kind == "backup"]
    drills = [each for each in backups if each.kind == "drill"]
    damages = {each.key: each for patrol in patrols for each in patrol.damages}
    objects = sum(each.objects for each in patrols) if patrols else None
    return Section(
        Text("巡检与备份（第十八条）", "Patrols and backups (article 18)"),
        (
            figure("patrols", Text("巡检次数", "patrols"), len(patrols) or None, NO_PATROL),
            figure("patrols.objects", Text("核对对象", "objects compared"), objects, NO_PATROL),
            figure("patrols.damaged", Text("发现损坏", "found damaged"), len(damages) if patrols else None, NO_PATROL),
            figure(
                "patrols.left",
                Text("尚未修复", "damaged still"),
                sum(each.mended is None for each in damages.values()) if patrols else None,
                NO_PATROL,
            ),
            figure("backups", Text("备份次数", "backups"), len(taken) or None, NO_BACKUP),
            figure(
                "backups.whole",
                Text("逐字节核验无误的备份", "backups that were read whole, and right"),
                sum(each.whole and not each.wrong for each in taken) if taken else None,
                NO_BACKUP,
            ),
            figure("drills", Text("恢复演练", "restore drills"), len(drills) or None, NO_DRILL),
            figure(
                "drills.took",
                Text("最长恢复时间", "longest recovery time"),
                max((each.took_s for each in drills), default=None),
                NO_DRILL,
                "seconds",
            ),
        ),
    )
