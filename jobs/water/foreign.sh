#!/usr/bin/env bash
# Makes trajectories of water other than amorphous ice, for the guard of the models: ices Ih, Ic,
# III, VI and VII, clathrates, the liquid, and surfaces of ice and liquid, by molecular dynamics of
# TIP4P/Ice at several temperatures and pressures.
#
#   jobs/water/foreign.sh OUT
#
# OUT gets NAME-<T>K-<P>GPa.gro.gz, 3 frames each, 1.6 ps apart after 5 ps. Needs GROMACS (gmx) and
# GenIce2 (genice2, from PyPI) on PATH; takes about 5 minutes of one core. A trajectory that exists
# is kept. Masses are repartitioned (mH 3.024), which permits steps of 6 fs and does not
# change the structure.
set -euo pipefail
[[ $# -eq 1 ]] || { echo "usage: jobs/water/foreign.sh OUT" >&2; exit 64; }
for program in gmx genice2; do
  command -v "$program" >/dev/null || { echo "foreign.sh: no $program on PATH" >&2; exit 69; }
done
mkdir -p "$1"
out=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GMX_MAXBACKUP=-1

# The force field: Abascal, Sanz, Garcia Fernandez & Vega, J. Chem. Phys. 122, 234511 (2005).
cat > water.itp <<'ITP'
[ defaults ]
1 2 no
[ atomtypes ]
OW_ice 8 15.9994 0.0 A 0.31668 0.88217
HW_ice 1 1.008   0.0 A 0.0     0.0
MW     0 0.0     0.0 D 0.0     0.0
[ moleculetype ]
SOL 2
[ atoms ]
1 OW_ice 1 SOL OW  1  0.0    11.9674
2 HW_ice 1 SOL HW1 1  0.5897  3.024
3 HW_ice 1 SOL HW2 1  0.5897  3.024
4 MW     1 SOL MW  1 -1.1794  0.0
[ settles ]
1 1 0.09572 0.15139
[ virtual_sites3 ]
4 1 2 3 1 0.13458 0.13458
[ exclusions ]
1 2 3 4
2 1 3 4
3 1 2 4
4 1 2 3
ITP

# gromacs NAME CONF TOP: prepares and runs NAME.mdp.
gromacs() {
  gmx -quiet grompp -f "$1.mdp" -c "$2" -p "$3" -o "$1.tpr" -po out.mdp -maxwarn 5 > "$1.log" 2>&1 \
    &&
    gmx -quiet mdrun -s "$1.tpr" -deffnm "$1" -ntmpi 1 -ntomp 1 -pin off > "$1.log" 2>&1 ||
    { tail -20 "$1.log" >&2; exit 70; }
}

# dynamics NAME T P(bar) STEPS DT(ps) SEED COUPLING: writes NAME.mdp.
dynamics() {
  cat > "$1.mdp" <<MDP
integrator = md
dt = $5
nsteps = $4
cutoff-scheme = Verlet
rcoulomb = 0.9
rvdw = 0.9
coulombtype = PME
fourierspacing = 0.14
DispCorr = EnerPres
tcoupl = v-rescale
tc-grps = System
tau-t = 0.2
ref-t = $2
pcoupl = $7
pcoupltype = isotropic
tau-p = 0.5
ref-p = $3
compressibility = 1e-5
refcoord-scaling = com
gen-vel = yes
gen-temp = $2
gen-seed = $6
ld-seed = $6
nstxout-compressed = 267
compressed-x-precision = 100000
MDP
}

# topology NAME CONF: writes NAME.top.
topology() {
  local sites
  sites=$(sed -n 2p "$2")
  { cat water.itp; printf '[ system ]\nwater\n[ molecules ]\nSOL %d\n' $((sites / 4)); } > "$1.top"
}

# sample NAME CONF TOP SEED "T:P(GPa) …" [COUPLING]: frames at each temperature and pressure.
sample() {
  local name=$1 seed=$4 point t p target
  for point in $5; do
    t=${point%:*} p=${point#*:} seed=$((seed + 1))
    target=$out/$name-${t}K-${p}GPa.gro.gz
    [[ -e $target ]] && continue
    dynamics run "$t" "$(awk -v p="$p" 'BEGIN { print (p > 0 ? p * 10000 : 1) }')" 1602 0.006 \
      "$seed" "${6:-C-rescale}"
    gromacs run "$2" "$3"
    echo 0 | gmx -quiet trjconv -f run.xtc -s run.tpr -pbc mol -b 5.2 -ndec 4 -o frames.gro \
      > run.log 2>&1
    gzip -9n < frames.gro > "$target.partial" && mv "$target.partial" "$target"
    echo "$target"
  done
}

# crystal NAME TYPE "CELLS" SEED "T:P …": GenIce2's lattice with random hydrogen bonds.
crystal() {
  genice2 "$2" --rep $3 --water tip4p --format g --seed "$4" > "$1.g.gro" 2> "$1.log"
  topology "$1" "$1.g.gro"
  printf 'integrator = steep\nnsteps = 300\ncutoff-scheme = Verlet\nrcoulomb = 0.9\nrvdw = 0.9\ncoulombtype = PME\n' > "$1.mdp"
  gromacs "$1" "$1.g.gro" "$1.top"
  sample "$1" "$1.gro" "$1.top" "$4" "$5"
}

# liquid NAME CRYSTAL SEED "T:P …": a crystal melted at 500 K, then 30 ps at 300 K.
liquid() {
  dynamics "$1-hot" 500 1 5000 0.004 "$3" C-rescale
  gromacs "$1-hot" "$2.gro" "$2.top"
  dynamics "$1" 300 1 7500 0.004 "$3" C-rescale
  gromacs "$1" "$1-hot.gro" "$2.top"
  sample "$1" "$1.gro" "$2.top" "$3" "$4"
}

# surface NAME CONF TOP SEED "T:0 …": 3 nm of vacuum along z, at constant volume.
surface() {
  awk '{ line[NR] = $0 } END { for (i = 1; i < NR; i++) print line[i]
    split(line[NR], box, " "); printf "%.5f %.5f %.5f\n", box[1], box[2], box[3] + 3 }' "$2" > "$1.s.gro"
  sample "$1" "$1.s.gro" "$3" "$4" "$5" no
}

crystal ihA 1h "4 3 3" 1101 "40:0 77:0 120:0 150:0 200:0 240:0 100:0.3"
crystal ihB 1h "3 4 3" 1111 "20:0 77:0.2 100:0 180:0 220:0 250:0"
crystal ihC 1h "4 4 3" 1121 "60:0 77:0.6 140:0 200:0.1 260:0"
crystal icA 1c "4 4 4" 1201 "40:0 77:0 120:0.3 150:0 200:0 240:0"
crystal icB 1c "4 4 5" 1211 "60:0 77:0.5 100:0 180:0 220:0"
crystal iiiA 3 "3 3 3" 1301 "40:0 77:0.3 150:0.3 220:0.3 240:0.3"
crystal iiiB 3 "4 3 3" 1311 "77:0 100:0.4 180:0.2 200:0.3"
crystal viA 6 "4 4 4" 1601 "40:0.6 77:1.0 150:1.0 200:1.0 240:1.0"
crystal viB 6 "4 4 4" 1611 "77:0 100:0.8 120:2.0 180:1.5 220:1.2"
crystal viiA 7 "4 4 4" 1701 "77:3.0 100:6.0 150:3.0 250:4.0"
crystal viiB 7 "3 4 4" 1711 "40:2.0 77:10.0 120:2.5 200:3.0"
crystal cs1A CS1 "2 2 2" 1801 "77:0 150:0 200:0 240:0"
crystal cs1B CS1 "2 2 2" 1811 "40:0 100:0.1 180:0 220:0"
crystal cs2A CS2 "2 2 2" 1901 "77:0 150:0 220:0"
crystal cs2B CS2 "2 2 2" 1911 "40:0 100:0 200:0"
liquid liquidA ihA 4101 "240:0 250:0.1 260:0 270:0 280:0.2 300:0 300:0.5 320:0"
liquid liquidB icB 4111 "245:0.4 260:0.8 265:0.3 275:0.05 290:0 300:1.0 310:0.1"
surface surface-ihA ihC.gro ihC.top 6101 "77:0 150:0 200:0 240:0"
surface surface-icA icA.gro icA.top 6111 "40:0 100:0 180:0 220:0"
surface surface-liquidA liquidA.gro ihA.top 6121 "270:0 300:0"
