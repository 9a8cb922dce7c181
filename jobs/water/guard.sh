#!/usr/bin/env bash
# Adds a guard and familiarity data to models of amorphous ice, as in the models of Examples/water;
# the networks are not changed.
#
#   jobs/water/guard.sh DATA FOREIGN MODELS OUT [RANKS]
#
# DATA holds the reference trajectories of jobs/water/train.sh and a compression,
# compress.lammpstrj.gz; FOREIGN what jobs/water/foreign.sh made; MODELS the models M2-O, M2-OH,
# M3-O, M3-OH. OUT gets NAME.h5 (dataset) and NAME.safetensors. verglas must be on PATH.
set -euo pipefail
[[ $# -ge 4 ]] || {
  echo "usage: jobs/water/guard.sh DATA FOREIGN MODELS OUT [RANKS]" >&2
  exit 64
}
data=$1 foreign=$2 models=$3 out=$4 ranks=${5:-1}
command -v verglas >/dev/null || { echo "guard.sh: no verglas on PATH; build it first" \
  >&2; exit 69; }
source "$(dirname "$0")/../../ci/environment.bash"
mkdir -p "$out"
# Environments are drawn file by file: the compression, which passes through all densities, is ten.
gzip -dc "$data/compress.lammpstrj.gz" | awk -v out="$out" '
  /^ITEM: TIMESTEP/ { file = out "/compress-" int(n / 10) ".lammpstrj"; n = n + 1 }
  { print > file }'
run() { mpirun -n "$ranks" verglas "$@" </dev/null; }

for name in M2-O M2-OH M3-O M3-OH; do
  classes=(--class "LDA=$data/lda*-*K-*GPa.lammpstrj.gz")
  if [[ $name == M3-* ]]; then classes+=(--class "MDA=$data/mda*-*K-*GPa.lammpstrj.gz"); fi
  classes+=(--class "HDA=$data/hda*-*K-*GPa.lammpstrj.gz")
  [[ -e $out/$name.h5 ]] ||
    run sample "${classes[@]}" --types 1=O,2=H --model "$models/$name.safetensors" \
      --per-class 12000 --split-by environment --neighbor-cutoff 3 --seed 1 -o "$out/$name.h5"
  # The subject is all amorphous ice, also the phases that a model of two classes does not have.
  subject=$data/lda*-*K-*GPa.lammpstrj.gz,$data/hda*-*K-*GPa.lammpstrj.gz
  subject+=,$data/mda*-*K-*GPa.lammpstrj.gz,$out/compress-*.lammpstrj
  run train "$out/$name.h5" --model "$models/$name.safetensors" --types 1=O,2=H --seed 1 \
    --guard "subject=$subject" \
    --guard "ice I=$foreign/ih*.gz,$foreign/ic*.gz" --guard "ice III=$foreign/iii*.gz" \
    --guard "ice VI=$foreign/vi[AB]-*.gz" --guard "ice VII=$foreign/vii*.gz" \
    --guard "clathrate=$foreign/cs*.gz" --guard "liquid=$foreign/liquid*.gz" \
    --guard "surface=$foreign/surface*.gz" -o "$out/$name.safetensors"
done
