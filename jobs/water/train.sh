#!/usr/bin/env bash
# Makes the four networks of Examples/water again, and M3-HB, which uses only the blocks OH and HH:
# samples, trains and evaluates them, and compares their accuracies with the paper's.
#
#   jobs/water/train.sh DATA OUT [RANKS]
#
# DATA contains the trajectories {lda,mda,hda}*-<T>K-<P>GPa.lammpstrj.gz of the reference phases
# (types 1=O, 2=H); OUT gets, for each of M2-O, M2-OH, M3-O, M3-OH and M3-HB (blocks OH and HH of
# the SOAP vector), NAME.h5 (dataset), NAME.safetensors (model) and NAME-evaluation.h5. The
# parameters are those of arXiv:2606.01401: 12 000 environments of each class over all files,
# 60:20:20 by environment, neighbours within 3.0 Å, 600-600 tanh, dropout 0.2, Adam at 0.001,
# patience 10. The models' bytes depend on RANKS (2 unless given). verglas must be on PATH; existing
# files are reused. PER_CLASS=2000 and REPEATS=3 (shuffles of each feature) make a trial run of a
# few minutes; MODELS=folder evaluates the models of that folder and trains none.
set -euo pipefail
[[ $# -ge 2 ]] || { echo "usage: jobs/water/train.sh DATA OUT [RANKS]" >&2; exit 64; }
data=$1 out=$2 ranks=${3:-2}
command -v verglas >/dev/null || {
  echo "train.sh: no verglas on PATH; build it first (swift build -c release --product verglas)" >&2
  exit 69
}
source "$(dirname "$0")/../../ci/environment.bash"
mkdir -p "$out"

models=${MODELS:-$out}
per_class=${PER_CLASS:-12000} repeats=${REPEATS:-10}
run() { mpirun -n "$ranks" verglas "$@" </dev/null; }

for name in M2-O M2-OH M3-O M3-OH M3-HB; do
  if [[ -n ${MODELS:-} && ! -e $models/$name.safetensors ]]; then continue; fi
  classes=(--class "LDA=$data/lda*-*K-*GPa.lammpstrj.gz")
  if [[ $name == M3-* ]]; then classes+=(--class "MDA=$data/mda*-*K-*GPa.lammpstrj.gz"); fi
  classes+=(--class "HDA=$data/hda*-*K-*GPa.lammpstrj.gz")
  soap=(--species O,H --n-max 6 --l-max 6)
  if [[ $name == *-O ]]; then soap=(--species O --n-max 8 --l-max 8); fi
  if [[ $name == *-HB ]]; then soap+=(--blocks OH,HH); fi
  printf '\n== %s\n' "$name"
  [[ -e $out/$name.h5 ]] || run sample "${classes[@]}" --types 1=O,2=H "${soap[@]}" --center O \
    --per-class "$per_class" --split-by environment --neighbor-cutoff 3 --seed 1 -o "$out/$name.h5"
  [[ -n ${MODELS:-} ]] ||
    run train "$out/$name.h5" -o "$out/$name.safetensors" --name "$name" --seed 1 --resume
  [[ -e $out/$name-evaluation.h5 ]] ||
    run evaluate "$models/$name.safetensors" "$out/$name.h5" --repeats "$repeats" \
      -o "$out/$name-evaluation.h5"
done

printf '\naccuracy on the test part, and that of arXiv:2606.01401 (%s)\n' \
  'other trajectories, slower and larger'
printf '%-8s %-18s %s\n' model here paper
while read -r name paper; do
  [[ -e $out/$name-evaluation.h5 ]] || continue
  printf '%-8s %-18s %s\n' "$name" \
    "$(verglas inspect "$out/$name-evaluation.h5" </dev/null | awk '/accuracy/ { print $2, $3 }')" \
    "$paper"
done <<'PAPER'
M2-O 0.9978
M2-OH 0.9983
M3-O 0.8953
M3-OH 0.9005
M3-HB 0.9092
PAPER
