#!/usr/bin/env bash
# From trajectories of known phases to interfaces, as jobs that depend on each other: sample → train
# → evaluate and analyze → interface. Run it where sbatch is available (it only submits):
#
#   LDA='lda*.lammpstrj.gz' HDA='hda*.lammpstrj.gz' TRAJECTORIES='slab*.lammpstrj.gz' \
#     jobs/pipeline.sh
#
# A job starts when the one before it has ended successfully; if one fails, those that depend on it
# are cancelled (--kill-on-invalid-dep). An analysis that ends with 1, because frames were skipped,
# counts as failed. Existing files are kept: run the script again to continue.
#
# nodes   sample, evaluate: 1, as a dataset is small. train: 1, with few ranks: a minibatch is
#         shared by the ranks, and the bytes of the model depend on their number. analyze: 1, more
#         with ANALYZE_SIZE. interface: one core.
# memory  2 GB per core for datasets and training (12 000 rows of each class and 546 features are
#         160 MB), 1 GB for the others.
# time    an hour or less each, so that they start soon; training continues from its last epoch when
#         submitted again.
set -euo pipefail

# To edit, or to set in the environment. Lists are words separated by spaces; quote a path that
# contains spaces. Trajectories of the classes: patterns, or files with commas between them.
LDA=${LDA:-lda*.lammpstrj.gz}
HDA=${HDA:-hda*.lammpstrj.gz}
CLASSES=${CLASSES:-"--class 'LDA=$LDA' --class 'HDA=$HDA'"}
TRAJECTORIES=${TRAJECTORIES:-slab*.lammpstrj.gz}  # to analyse, words with blanks between them
TYPES=${TYPES---types 1=O,2=H}                    # empty where files name their elements
SAMPLE=${SAMPLE:---per-class 12000 --seed 1}      # further options of each command
TRAIN=${TRAIN:---seed 1}
EVALUATE=${EVALUATE:-}
OPTIONS=${OPTIONS:-$TYPES --profile x}            # of analyze
INTERFACE=${INTERFACE:-}
NAME=${NAME:-M2-OH}                               # of the model
FOLDER=${FOLDER:-pipeline}                        # gets everything
VERGLAS=${VERGLAS:-verglas}
LAUNCHER=${LAUNCHER:-srun --mpi=pmix --cpu-bind=cores}   # or: mpirun --map-by core --bind-to core
MODULES=${MODULES:-}                              # to load first: openmpi/4.1 hdf5 verglas
SBATCH=${SBATCH:-}                                # options for every job: --account=… --partition=…
SAMPLE_SIZE=${SAMPLE_SIZE:---nodes=1 --ntasks-per-node=16 --mem-per-cpu=2G --time=00:30:00}
TRAIN_SIZE=${TRAIN_SIZE:---nodes=1 --ntasks-per-node=4 --mem-per-cpu=2G --time=01:00:00}
EVALUATE_SIZE=${EVALUATE_SIZE:---nodes=1 --ntasks-per-node=16 --mem-per-cpu=2G --time=00:30:00}
ANALYZE_SIZE=${ANALYZE_SIZE:---nodes=1 --ntasks-per-node=32 --mem-per-cpu=1G --time=01:00:00}
INTERFACE_SIZE=${INTERFACE_SIZE:---nodes=1 --ntasks-per-node=1 --mem-per-cpu=1G --time=00:10:00}
# Or jobs/resume.sbatch for an analysis that takes longer than a job may.
ANALYZE=${ANALYZE:-$(dirname "$0")/analyze.sbatch}

script=$0
source "$(dirname "$0")/preamble.bash"
classes=() types=() site=()   # filled by words
sample_options=() train_options=() evaluate_options=() interface_options=()
words classes "$CLASSES"
words types "$TYPES"
words sample_options "$SAMPLE"
words train_options "$TRAIN"
words evaluate_options "$EVALUATE"
words interface_options "$INTERFACE"
words site "$SBATCH"
command -v sbatch >/dev/null || {
  echo "$me: there is no sbatch on $HOSTNAME: run it where jobs are submitted" >&2
  exit 69
}
[[ -f $ANALYZE ]] || {
  echo "$me: $ANALYZE: no such file; expected the script of the analysis in ANALYZE" >&2
  exit 66
}
mkdir -p "$FOLDER"
dataset=$FOLDER/dataset.h5 model=$FOLDER/$NAME.safetensors results=$FOLDER/results.h5

# after JOB: the option that makes a job wait for the success of JOB.
after() { echo "--dependency=afterok:$1 --kill-on-invalid-dep=yes"; }

# submit NAME 'OPTIONS OF SBATCH' COMMAND…: prints the job's number.
submit() {
  local name=$1 options=() load=
  words options "$2"
  shift 2
  if [[ -n $MODULES ]]; then load="module load $MODULES"; fi
  sbatch --parsable --job-name="verglas-$name" --output="$FOLDER/$name-%j.log" "${options[@]}" \
    "${site[@]}" <<SCRIPT
#!/usr/bin/env bash
$load
set -euo pipefail
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
export HDF5_USE_FILE_LOCKING=\${HDF5_USE_FILE_LOCKING:-FALSE}
export SLURM_PMIX_FENCE=\${SLURM_PMIX_FENCE:-ring}
for program in $(printf '%q ' "${launcher[0]}" "$VERGLAS"); do
  command -v "\$program" >/dev/null && continue
  echo "verglas-$name: there is no program '\$program' on \$HOSTNAME: list the modules to load in MODULES," \
    "or give its path in LAUNCHER or VERGLAS" >&2
  exit 69
done
$(printf '%q ' "${launcher[@]}" "$VERGLAS" "$@")
SCRIPT
}

waits=
if [[ ! -e $dataset ]]; then
  sample=$(submit sample "$SAMPLE_SIZE" sample "${classes[@]}" "${types[@]}" \
    "${sample_options[@]}" -o "$dataset")
  echo "sample    $sample"
  waits=$(after "$sample")
fi
if [[ ! -e $model ]]; then
  train=$(submit train "$TRAIN_SIZE $waits" train "$dataset" "${train_options[@]}" \
    --name "$NAME" -o "$model" --resume)
  echo "train     $train"
  waits=$(after "$train")
fi
evaluate=$(submit evaluate "$EVALUATE_SIZE $waits" evaluate "$model" "$dataset" \
  "${evaluate_options[@]}" -o "$FOLDER/evaluation.h5" --overwrite)
echo "evaluate  $evaluate"
# --resume: starts the results file, or continues the one of a failed job.
analyze_options=()
words analyze_options "$ANALYZE_SIZE $waits"
analyze=$(TRAJECTORIES=$TRAJECTORIES MODELS="'$model'" RESULTS=$results \
  OPTIONS="$OPTIONS --resume" VERGLAS=$VERGLAS LAUNCHER=$LAUNCHER MODULES=$MODULES \
  sbatch --parsable --job-name=verglas-analyze --output="$FOLDER/analyze-%j.log" \
  "${analyze_options[@]}" "${site[@]}" "$ANALYZE")
echo "analyze   $analyze"
interface=$(submit interface "$INTERFACE_SIZE $(after "$analyze")" interface "$results" \
  "${interface_options[@]}" -o "$FOLDER/interface.h5" --overwrite)
echo "interface $interface"
