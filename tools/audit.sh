#!/bin/sh
# Ask the advisory database of Python's package index about every pinned package. It needs the network, and says so without one;
# a mirror of the index that has no advisories answers that it knows none of them, which is no audit either.
set -u
cd "$(dirname "$0")/.."
found=0
for lock in run lambda-api lambda-web lambda-stac test docs; do
  said=$(.venv-security/bin/pip-audit --strict --progress-spinner off --timeout 10 --disable-pip --require-hashes -r "requirements/$lock.txt" 2>&1)
  code=$?
  if echo "$said" | grep -qE 'Connection|Timeout|ServiceError|Max retries|not found on PyPI|HTTPError'; then
    echo "requirements/$lock.txt: NOT audited: no advisory database answers; run make audit where there is one" >&2
    exit 3
  fi
  echo "== requirements/$lock.txt"
  echo "$said"
  [ $code -eq 0 ] || found=1
done
exit $found
