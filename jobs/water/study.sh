#!/usr/bin/env bash
# The whole study of arXiv:2606.01401 on a folder of trajectories: networks, compression, interface,
# figures, and a comparison with the paper.
#
#   jobs/water/study.sh DATA OUT [RANKS]
#
# DATA contains {lda,mda,hda}*-<T>K-<P>GPa.lammpstrj.gz (reference phases), compress.lammpstrj.gz
# with compress.csv, and interface.lammpstrj.gz (LDA‖HDA‖LDA, long along x), all with types 1=O,2=H.
# OUT gets models, datasets, results, tables and figures; existing files are kept, so a study that
# was stopped continues. MODELS=folder takes M2-O, M2-OH, M3-O and M3-OH .safetensors from there,
# trains none, and evaluates them if DATA contains reference phases; PER_CLASS and REPEATS are as in
# train.sh; TIME_STEP=0.006 are the ps of an MD step. verglas must be on PATH; the figures need a
# Python with numpy, h5py and matplotlib (PYTHON, or .venv as ci/setup makes it).
set -euo pipefail
[[ $# -ge 2 ]] || { echo "usage: jobs/water/study.sh DATA OUT [RANKS]" >&2; exit 64; }
data=$1 out=$2 ranks=${3:-2}
here=$(cd "$(dirname "$0")" && pwd)
command -v verglas >/dev/null || {
  echo "study.sh: no verglas on PATH; build it first (swift build -c release --product verglas)" >&2
  exit 69
}
for name in compress.lammpstrj.gz compress.csv interface.lammpstrj.gz; do
  [[ -e $data/$name ]] || { echo "study.sh: no $name in $data" >&2; exit 66; }
done
python=${PYTHON:-$here/../../.venv/bin/python}
"$python" -c 'import numpy, h5py, matplotlib' || {
  echo "study.sh: $python lacks numpy, h5py or matplotlib; run ci/setup, or set PYTHON" >&2
  exit 69
}
source "$here/../../ci/environment.bash"
mkdir -p "$out"

time_step=${TIME_STEP:-0.006}   # ps per MD step, for the time axes
run() { mpirun -n "$ranks" verglas "$@" </dev/null; }
say() { printf '\n== %s\n' "$*"; }

models=${MODELS:-$out}
if [[ -z ${MODELS:-} ]] || compgen -G "$data/hda*-*K-*GPa.lammpstrj.gz" >/dev/null; then
  say "Networks"
  "$here/train.sh" "$data" "$out" "$ranks"
fi
for name in M2-O M2-OH M3-O M3-OH; do
  [[ -e $models/$name.safetensors ]] || {
    echo "study.sh: no $name.safetensors in $models" >&2
    exit 66
  }
done
pair=(--model "$models/M2-OH.safetensors" --model "$models/M3-OH.safetensors")

say "Compression"
[[ -e $out/compress.h5 ]] || run analyze "$data/compress.lammpstrj.gz" --types 1=O,2=H \
  "${pair[@]}" --thermo "$data/compress.csv" \
  --threshold 0.95,0.80,0.82,0.84,0.86,0.88,0.90,0.92,0.94,0.96,0.98 \
  --neighbor-count LDA,HDA=11:4.2 --rdf --order all --per-molecule all -o "$out/compress.h5"

say "Compression by the networks that see oxygens only"
[[ -e $out/compress-O.h5 ]] || run analyze "$data/compress.lammpstrj.gz" --types 1=O,2=H \
  --model "$models/M2-O.safetensors" --model "$models/M3-O.safetensors" \
  --thermo "$data/compress.csv" \
  --threshold 0.95,0.80,0.82,0.84,0.86,0.88,0.90,0.92,0.94,0.96,0.98 \
  --per-molecule all -o "$out/compress-O.h5"

say "Interface"
[[ -e $out/slab.h5 ]] || run analyze "$data/interface.lammpstrj.gz" --types 1=O,2=H "${pair[@]}" \
  --threshold 0.95,0.9,0.8 --profile x --per-molecule all --region LDA=x:10:20 \
  --region interface=x:53:63 --region HDA=x:100:110 -o "$out/slab.h5"
verglas interface "$out/slab.h5" -o "$out/interface.h5" --overwrite

say "Tables and frames for other programs"
verglas export "$out/compress.h5" -o "$out/compress.csv" --overwrite
verglas export "$out/slab.h5" -o "$out/slab.extxyz" --overwrite

say "Figures"
evaluations=()
for name in M2-O M2-OH M3-O M3-OH M3-HB; do
  if [[ -e $out/$name-evaluation.h5 ]]; then
    evaluations+=(--evaluation "$out/$name-evaluation.h5")
  fi
  if [[ $name == *-OH && -e $out/$name.h5 ]]; then evaluations+=(--dataset "$out/$name.h5"); fi
done
"$python" "$here/../figures.py" "$out/compress.h5" --second "$out/compress-O.h5" \
  --interface "$out/slab.h5" --interface-file "$out/interface.h5" --time-step "$time_step" \
  ${evaluations[@]+"${evaluations[@]}"} --output "$out/figures"

say "Comparison with the paper"
"$python" "$here/agreement.py" "$out"
