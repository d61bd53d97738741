#!/bin/sh
# Print the folder of a filesystem mirror that holds the AWS provider infra/ is pinned to, or nothing where this machine
# has none: `export TF_PLUGIN_MIRROR=$(tools/terraform_mirror.sh)`. Without one, terraform asks its registry.
set -eu
version=$(sed -n 's/^ *version *= *"\([0-9.]*\)"$/\1/p' "$(dirname "$0")/../infra/versions.tf")
found=$(find / \( -path /proc -o -path /sys -o -name .terraform \) -prune -o \
    -type d -path "*/hashicorp/aws/$version/linux_amd64" -print 2>/dev/null | head -n 1) || true
if [ -n "$found" ]; then
    dirname "$(dirname "$(dirname "$(dirname "$(dirname "$found")")")")"
fi
