"""The S3 provider `PROVIDER_OVERRIDE_S3=contained`: bodies of objects lie in LocalStack's own folder.

The stock provider keeps them in one fixed folder of the machine, which two LocalStacks at once share and the
first one to end removes.
"""

from __future__ import annotations

from pathlib import Path

from localstack import config
from localstack.services.plugins import Service, aws_provider
from localstack.services.s3.provider import S3Provider
from localstack.services.s3.storage.ephemeral import EphemeralS3ObjectStore


@aws_provider(api="s3", name="contained")
def s3() -> Service:
    """Return LocalStack's S3 over a folder below `FILESYSTEM_ROOT`."""
    folder = Path(config.dirs.tmp) / "s3"
    folder.mkdir(parents=True, exist_ok=True)
    return Service.for_provider(S3Provider(EphemeralS3ObjectStore(str(folder))))
