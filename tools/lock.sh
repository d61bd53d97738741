#!/bin/sh
# Compile the pinned, hashed requirement files. Universal: the same files serve Python 3.11 and newer.
# With extras: pip, given hashes, takes a package with an extra for one that is not pinned.
set -eu
cd "$(dirname "$0")/.."
compile="uv pip compile --universal --python-version 3.11 --no-emit-index-url --no-header --no-strip-extras --generate-hashes --quiet"
# The tests ask for more than what runs (geoparquet-io holds botocore back): they are resolved first, what runs follows.
$compile "$@" pyproject.toml --extra cli --group install --group test --output-file requirements/test.txt
$compile "$@" pyproject.toml --extra cli --group install --constraints requirements/test.txt --output-file requirements/run.txt
$compile "$@" pyproject.toml --extra cli --group install --group docs --constraints requirements/test.txt --output-file requirements/docs.txt
# Beside run.txt, for who traces requests.
$compile "$@" pyproject.toml --extra otel --constraints requirements/test.txt --output-file requirements/otel.txt
# Beside run.txt, for builds on a cluster: the command, the scheduler and each worker.
$compile "$@" pyproject.toml --extra dask --constraints requirements/test.txt --output-file requirements/dask.txt
$compile "$@" pyproject.toml --group node --output-file requirements/node.txt
$compile "$@" --no-deps requirements/data.in --output-file requirements/data.txt
# LocalStack does not pin enough of what it needs: newer cbor2 and pyopenssl break it.
$compile "$@" --exclude-newer 2026-02-15 requirements/localstack.in --output-file requirements/localstack.txt
# What goes into Lambda functions, by root. Chalice's own tool, and what it needs, does not run there.
lambda() {
  root=$1 && shift
  $compile "$@" pyproject.toml --constraints requirements/test.txt --output-file "requirements/lambda-$root.txt" \
    $(for each in ansicon blessed click editor inquirer jinxed packaging pip pyyaml readchar runs setuptools wcwidth wheel xmod
      do echo "--no-emit-package $each"; done)
}
lambda api --extra api "$@"
lambda web --extra api --extra web "$@"
lambda stac --extra stac-api "$@"
$compile "$@" requirements/checkov.in --output-file requirements/checkov.txt
$compile "$@" requirements/security.in --output-file requirements/security.txt
