#!/usr/bin/env bash
# Whether the errors of an ensemble cover the differences between glasses: the numbers of
# docs/calibration.md.
#
#   jobs/water/ensemble.sh DATA OUT [RANKS]
#
# DATA and OUT are those of calibration.sh, whose dataset of the first half (train-0.h5) is used.
# Two ensembles of five networks each are trained: `seeds` on this dataset, with different seeds,
# and `glasses` on different combinations of glasses. All glasses are analysed with both. verglas
# must be on PATH; the table needs a Python with numpy and h5py (PYTHON, or .venv).
set -euo pipefail
[[ $# -ge 2 ]] || { echo "usage: jobs/water/ensemble.sh DATA OUT [RANKS]" >&2; exit 64; }
data=$1 out=$2 ranks=${3:-2}
here=$(cd "$(dirname "$0")" && pwd)
command -v verglas >/dev/null || { echo "ensemble.sh: no verglas on PATH" >&2; exit 69; }
[[ -e $out/train-0.h5 ]] || { echo "ensemble.sh: run calibration.sh DATA OUT first" >&2; exit 66; }
source "$here/../../ci/environment.bash"
python=${PYTHON:-$here/../../.venv/bin/python}
run() { mpirun -n "$ranks" verglas "$@" </dev/null; }

mkdir -p "$out/seeds" "$out/glasses"
glasses=("lda mda hda" "lda2 mda2 hda2" "lda3 mda hda2" "lda mda2 hda" "lda2 mda hda")
for k in 1 2 3 4 5; do
  model=$out/seeds/$k.safetensors
  [[ -e $model ]] || run train "$out/train-0.h5" --seed $k -o "$model" --resume
  model=$out/glasses/$k.safetensors dataset=$out/glasses-$k.h5
  read -r low medium high <<<"${glasses[k - 1]}"
  [[ -e $model || -e $dataset ]] || run sample --class "LDA=$data/$low-*.lammpstrj.gz" \
    --class "MDA=$data/$medium-*.lammpstrj.gz" --class "HDA=$data/$high-*.lammpstrj.gz" \
    --types 1=O,2=H --per-class 8000 --split-by environment --seed $k -o "$dataset"
  [[ -e $model ]] || run train "$dataset" --seed $k -o "$model" --resume
done
for kind in seeds glasses; do
  models=()
  for k in 1 2 3 4 5; do models+=(--model "$out/$kind/$k.safetensors"); done
  for file in "$data"/{lda,mda,hda}*.lammpstrj.gz; do
    results=$out/$kind/$(basename "$file" .lammpstrj.gz).h5
    [[ -e $results ]] || run analyze "$file" --types 1=O,2=H --ensemble "${models[@]}" \
      --per-molecule none --structure none -o "$results"
  done
  printf '\n== %s\n' "$kind"
  "$python" "$here/ensemble.py" "$out/$kind"
done
