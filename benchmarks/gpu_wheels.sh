#!/usr/bin/env bash
# Download the wheels that a machine with a GPU and no network lacks, for benchmarks/gpu.sh.
#
#     bash benchmarks/gpu_wheels.sh [FOLDER] [PACKAGE ...]
#
# Pure Python, so that they fit every machine; the versions are those of constraints.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=${1:-benchmarks/wheels}
packages=("${@:2}")
if [[ ${#packages[@]} == 0 ]]; then
    packages=(skorch skops prettytable wcwidth)
fi
"${PYTHON:-python3}" -m pip download --no-deps --only-binary=:all: \
    -c constraints.txt -d "$folder" "${packages[@]}"
