#!/usr/bin/env bash
# How reliable the probabilities of M3-OH are on glasses that it was not trained on, before and
# after temperature scaling: the numbers and the figure of docs/calibration.md.
#
#   jobs/water/calibration.sh DATA OUT [RANKS]
#
# DATA holds {lda,lda2,lda3,mda,mda2,hda,hda2}-<T>K-<P>GPa.lammpstrj.gz; their parents are divided
# into two halves. A network is trained on each half, and evaluated on the glasses of the other.
# Its temperature is fitted to all of their environments but the test part, of a split by
# environment (`tuned`) or by file (`files`), and measured on the test part. verglas must be on
# PATH; the figure needs a Python with numpy, h5py and matplotlib (PYTHON, or .venv).
set -euo pipefail
[[ $# -ge 2 ]] || { echo "usage: jobs/water/calibration.sh DATA OUT [RANKS]" >&2; exit 64; }
data=$1 out=$2 ranks=${3:-2}
here=$(cd "$(dirname "$0")" && pwd)
command -v verglas >/dev/null || { echo "calibration.sh: no verglas on PATH" >&2; exit 69; }
source "$here/../../ci/environment.bash"
python=${PYTHON:-$here/../../.venv/bin/python}
mkdir -p "$out"
run() { mpirun -n "$ranks" verglas "$@" </dev/null; }

halves=("lda-,lda3-;mda-;hda-" "lda2-;mda2-;hda2-")
sample() {  # half, split rule, seed, output
  local classes=() names=(LDA MDA HDA) k=0 list parent
  while IFS= read -r list; do
    local files=""
    for parent in ${list//,/ }; do files+=",$data/$parent*.lammpstrj.gz"; done
    classes+=(--class "${names[k]}=${files#,}")
    k=$((k + 1))
  done < <(tr ';' '\n' <<<"${halves[$1]}")
  [[ -e $4 ]] || run sample "${classes[@]}" --types 1=O,2=H --per-class 8000 --split-by "$2" \
    --seed "$3" -o "$4"
}

for half in 0 1; do
  sample $half environment 1 "$out/train-$half.h5"
  sample $half environment 3 "$out/tuned-$half.h5"
  sample $half file 2 "$out/files-$half.h5"
done
for half in 0 1; do
  other=$((1 - half)) model=$out/half-$half.safetensors
  run train "$out/train-$half.h5" -o "$model" --name M3-OH --resume
  for kind in tuned files; do
    calibrated=$out/$kind-$half.safetensors
    [[ -e $calibrated ]] || run train "$out/$kind-$other.h5" --model "$model" --calibrate \
      --name "M3-OH, half $((half + 1))" -o "$calibrated"
    run evaluate "$calibrated" "$out/$kind-$other.h5" --repeats 0 --overwrite \
      -o "$out/$kind-$half-evaluation.h5"
  done
done
"$python" "$here/../figures.py" --evaluation "$out/tuned-0-evaluation.h5" \
  --evaluation "$out/tuned-1-evaluation.h5" --output "$out/figures"
