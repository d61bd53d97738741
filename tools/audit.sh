#!/bin/sh
# Ask an advisory database about every pinned package: 0 nothing known, 1 something is, 3 nobody could be asked.
#
# Whether it knows anything is tried first, on a package whose faults have been public for years: a mirror of the index
# that has no advisories answers like one that knows of none, and a check that cannot fail is no audit.
set -u
cd "$(dirname "$0")/.."
PIP_AUDIT=${PIP_AUDIT:-.venv-security/bin/pip-audit}
KNOWN="jinja2==2.7" # CVE-2016-10745, CVE-2019-10906 and others

ask() { # what is audited, then where it stands; sets said and code
  said=$("$PIP_AUDIT" --strict --progress-spinner off --timeout 10 --disable-pip "$@" 2>&1)
  code=$?
}
give_up() {
  echo "$1: NOT audited: $2; run make audit where an advisory database answers" >&2
  [ -z "$said" ] || echo "$said" | tail -n 1 >&2
  exit 3
}

known=$(mktemp)
trap 'rm -f "$known"' EXIT
echo "$KNOWN" >"$known"
ask --no-deps -r "$known"
case "$code $said" in
1\ *PYSEC-* | 1\ *CVE-* | 1\ *GHSA-*) ;;
*) give_up "requirements" "nobody told of the known faults of $KNOWN" ;;
esac

found=0
for lock in requirements/*.txt; do
  ask --require-hashes -r "$lock"
  if echo "$said" | grep -qE 'Connection|Timeout|ServiceError|Max retries|not found on PyPI|HTTPError'; then
    give_up "$lock" "no advisory database answers"
  fi
  echo "== $lock"
  echo "$said"
  [ $code -eq 0 ] || found=1
done
exit $found
