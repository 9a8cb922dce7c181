# Sourced by the job scripts of this folder, which Slurm copies elsewhere before it runs them: the
# part that they share. The caller has set LAUNCHER, VERGLAS and MODULES.
#
# Defines: $me (the script's name, for messages), words, need_programs; the arrays launcher,
# trajectories, models and options from LAUNCHER, TRAJECTORIES, MODELS and OPTIONS.

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1   # one rank per core, no threads
# Many parallel file systems have no locks; only one job writes a file.
export HDF5_USE_FILE_LOCKING=${HDF5_USE_FILE_LOCKING:-FALSE}
# With srun's default, ranks can leave MPI_Init too early (docs/clusters.md).
export SLURM_PMIX_FENCE=${SLURM_PMIX_FENCE:-ring}

me=${script##*/}

# words ARRAY TEXT: reads the words of a text into an array; quotes keep the blanks of a path.
# Patterns are resolved by verglas, in step order.
words() {
  local text
  text=$(xargs -n 1 printf '%s\n' <<<"$2") || {
    echo "$me: unbalanced quotes in: $2" >&2
    exit 64
  }
  mapfile -t "$1" < <(grep . <<<"$text")
}

# need_programs NAME…: ends the job where one is missing.
need_programs() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null && continue
    echo "$me: there is no program '$program' on $HOSTNAME: list the modules to load in MODULES, or give its" \
      "path in LAUNCHER or VERGLAS" >&2
    exit 69
  done
}

launcher=() trajectories=() models=() options=()
words launcher "$LAUNCHER"
# A pipeline is submitted from a login node, where only sbatch is needed.
if [[ $me != pipeline.sh ]]; then
  if [[ -n $MODULES ]]; then
    modules=()
    words modules "$MODULES"
    set +u   # module files use unset variables
    module load "${modules[@]}"
    set -u
  fi
  need_programs "${launcher[0]}" "$VERGLAS"
  words trajectories "${TRAJECTORIES:-}"
  words options "${OPTIONS:-}"
  words models "$MODELS"
  models=("${models[@]/#/--model=}")
fi
