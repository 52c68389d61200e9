#!/usr/bin/env bash
# Everything that needs an NVIDIA GPU, in one go, without the network and in about six minutes:
# tests/neural_network/test_cuda.py and the stacked repeats. Writes tests.txt, stacked.json and
# stacked.md.
#
#     bash benchmarks/gpu.sh [OUTPUT] [WHEELS]
#
# It needs a Python with a CUDA build of torch ($PYTHON, else python3). Wheels of what that Python
# lacks, which gpu_wheels.sh downloads, are installed beside it and not into it. Without a GPU the
# same steps run on the CPU with tiny sizes: to see that they work.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
output=${1:-benchmarks/results/gpu}
wheels=${2:-benchmarks/wheels}
python=${PYTHON:-python3}
mkdir -p "$output"

site=$(mktemp -d)
trap 'rm -rf "$site"' EXIT
if compgen -G "$wheels/*.whl" > /dev/null; then
    "$python" -m pip install --quiet --no-index --no-deps --target "$site" "$wheels"/*.whl
fi
export PYTHONPATH="$PWD:$site${PYTHONPATH:+:$PYTHONPATH}" OMP_NUM_THREADS=1 MPLBACKEND=Agg

tiny=()
if ! "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
    echo "There is no CUDA GPU here: tiny sizes on the CPU."
    tiny=(--cpu)
fi

status=0
"$python" -m pytest -q -p no:cacheprovider tests/neural_network/test_cuda.py 2>&1 | tee "$output/tests.txt" || status=$?
timeout 270 "$python" benchmarks/bench_stacked.py "${tiny[@]}" --json "$output/stacked.json" |
    tee "$output/stacked.md"
exit "$status"
