# Sourced by ci/slurm: several hosts without Slurm, started by an agent as ssh would, and a network
# link that is cut.
# shellcheck shell=bash disable=SC2016,SC2154,SC2317

# over_hosts COMMAND…: 4 hosts with 2 ranks each over TCP, started by an agent as ssh would; a lost
# host is detected after 6 s.
over_hosts() {
  local list="" host
  for host in n1 n2 n3 n4; do list+=,$("$laboratory" address $host):2; done
  timeout -k 10 $patience nsenter --net="/run/netns/$SLURM_LAB_PREFIX-head" mpirun \
    --host "${list#,}" -n 8 --bind-to none --mca plm rsh \
    --mca plm_rsh_agent "$lab/rsh" --mca orte_tmpdir_base "$lab/tmp" --mca pml ob1 \
      --mca btl self,vader,tcp \
    --mca oob_tcp_keepalive_time 3 --mca oob_tcp_keepalive_intvl 1 --mca oob_tcp_keepalive_probes \
      3 \
    -x OMPI_MCA_mpi_yield_when_idle "$@" </dev/null
}
# hosts_run LOG COMMAND…: the same, and prints the log if it failed.
hosts_run() {
  local log=$1 code=0
  shift
  over_hosts "$@" >>"$log" 2>&1 || code=$?
  ((code == 0)) || { cat "$log"; fail "4 hosts over TCP: code $code"; }
}

part_hosts() {
  local model=$water/M2-OH.safetensors
  local options=("$water/compress.lammpstrj.gz" --types 1=O,2=H --model "$model" --frames 0:24 \
    --profile x)
  alone analyze "${options[@]}" -o one-host.h5
  hosts_run hosts.log "$VERGLAS" analyze "${options[@]}" -o hosts.h5
  told hosts.log "on 8 ranks"
  same one-host.h5 hosts.h5

  # One frame over the ranks of all hosts: halos, labels and clusters cross the network.
  local ranks
  "$VERGLAS" generate --molecules 9000 --frames 2 -o team.lammpstrj --quiet
  options=(team.lammpstrj --model "$model" --profile x --region left=x:0:20)
  alone analyze "${options[@]}" --ranks-per-frame 1 -o team-alone.h5
  for ranks in 8 4; do
    hosts_run team-$ranks.log "$VERGLAS" analyze "${options[@]}" --ranks-per-frame $ranks \
      -o team-$ranks.h5
    told team-$ranks.log "each frame is shared by $ranks ranks"
    same team-alone.h5 team-$ranks.h5
  done

  # Training: the same bytes whenever it is run on the same hosts. One host with as many ranks adds
  # gradients in another order: its model differs by rounding, a thousand times less than between
  # two seeds.
  "$VERGLAS" generate --molecules 2000 --frames 2 --dense-share 0 --seed 2 -o ice.lammpstrj --quiet
  "$VERGLAS" generate --molecules 2000 --frames 2 --dense-share 1 --seed 3 -o packed.lammpstrj \
    --quiet
  local sample=(--class LDA=ice.lammpstrj --class HDA=packed.lammpstrj --per-class 1500 \
    --species O --n-max 4 --l-max 4)
  local train=(--hidden 32,32 --max-epochs 12 --name hosts) file
  alone sample "${sample[@]}" -o dataset.h5
  hosts_run sample.log "$VERGLAS" sample "${sample[@]}" -o dataset-hosts.h5
  cmp <(rows dataset.h5) <(rows dataset-hosts.h5) ||
    fail "a dataset made on 4 hosts differs from that of one"
  launch $patience 8 "$VERGLAS" train dataset.h5 "${train[@]}" -o one-host.safetensors --quiet
  launch $patience 8 "$VERGLAS" train dataset.h5 "${train[@]}" --seed 2 -o other-seed.safetensors \
    --quiet
  hosts_run train.log "$VERGLAS" train dataset.h5 "${train[@]}" -o hosts.safetensors
  hosts_run train.log "$VERGLAS" train dataset.h5 "${train[@]}" -o again.safetensors
  cmp hosts.safetensors again.safetensors ||
    fail "training twice on the same 4 hosts gives two models"
  for file in one-host other-seed; do
    alone evaluate $file.safetensors dataset.h5 --repeats 2 -o $file-evaluation.h5
  done
  hosts_run evaluate.log "$VERGLAS" evaluate hosts.safetensors dataset.h5 --repeats 2 \
    -o hosts-evaluation.h5
  alone evaluate hosts.safetensors dataset.h5 --repeats 2 -o alone-evaluation.h5
  cmp <(rows alone-evaluation.h5) <(rows hosts-evaluation.h5) ||
    fail "an evaluation made on 4 hosts differs from that of one"
  local rounding seed
  rounding=$(apart one-host hosts) seed=$(apart one-host other-seed)
  echo "train: probabilities of 4 hosts and of one differ by $rounding at most, those of two seeds by $seed"
  awk -v r="$rounding" -v s="$seed" 'BEGIN { exit !(r < 1e-4 && s > 1e-3) }' ||
    fail "training on 4 hosts differs too much from training on one"
}
# rows FILE: every dataset of a file; without its attributes, which record the command line.
rows() {
  local names
  mapfile -t names < <(h5dump -n "$1" | awk '$1 == "dataset" { print "-d"; print $2 }')
  ((${#names[@]} > 2)) || fail "$1 is almost empty"
  h5dump -m %a "${names[@]}" "$1" | sed 1d
}
# apart A B: the largest difference between the probabilities in two evaluations.
apart() {
  local name
  for name in "$@"; do
    h5dump -m %.9g -y -d /evaluation/probability "$name-evaluation.h5" | sed -n '/DATA {/,/}/p' |
      grep -oE '[0-9][0-9.e+-]*' >"$name.probabilities"
  done
  (($(wc -l <"$1.probabilities") >= 600)) || fail "$1-evaluation.h5 has no probabilities"
  paste "$1.probabilities" "$2.probabilities" | awk 'NF != 2 { exit 1 } { d = $1 - $2; if (d < 0) d = -d; if (d > m) m = d } END { print m + 0 }'
}

part_link() {
  long_run
  local launcher start code=0 host end
  over_hosts "$VERGLAS" analyze long.lammpstrj --model "$MODELS" --profile x --precision double \
    -o link.h5 >link.log 2>&1 &
  launcher=$!
  seen - link.log '% of the frames' 1
  "$laboratory" link "$lab" n3 down
  start=$SECONDS
  wait $launcher || code=$?
  echo "the job ended with $code, $((SECONDS - start)) s after n3's link was cut"
  ((code != 0 && code != 124 && SECONDS - start <= 60)) ||
    { cat link.log; fail "a cut link did not end the job within 60 s"; }
  # No process may still write to the file: those on the lost host must end by themselves.
  end=$((SECONDS + 60))
  for host in n1 n2 n3 n4; do
    while on "$host" pgrep -x verglas >left.txt; do ((SECONDS < end)) ||
      fail "ranks on $host are still running"; sleep 0.2; done
  done
  echo "no rank was running after $((SECONDS - start)) s"
  "$laboratory" link "$lab" n3 up
  hosts_run link.log "$VERGLAS" analyze long.lammpstrj --model "$MODELS" --profile x \
    --precision double -o link.h5 --resume
  told link.log "analysing the remaining ones"
  same long-alone.h5 link.h5
}
