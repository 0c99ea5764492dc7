#!/usr/bin/env bash
# Every target for so many seconds, one after the other: ./run.sh 600. Ends with a line for each, for README.md's table.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:?usage: ./run.sh SECONDS [TARGET ...]}
shift
[ $# -gt 0 ] || set -- $(cargo fuzz list)
summary=""
status=0
for target in "$@"; do
  mkdir -p "corpus/$target"
  log=$(mktemp)
  # Files of some kilobytes hold everything that a format can say; longer ones only slow the search down.
  cargo +nightly fuzz run "$target" "corpus/$target" "seeds/$target" "regressions/$target" -- \
    -max_total_time="$seconds" -max_len=4096 -print_final_stats=1 2>&1 | tee "$log" | grep -E '^#[0-9]+.*(pulse|DONE)|ERROR|SUMMARY|panicked' ||
    true
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  coverage=$(sed -n 's/^#.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
  finding=none
  if [ -z "$executions" ] || grep -q '^SUMMARY' "$log"; then
    finding="see artifacts/$target"
    status=1
  fi
  summary+="| \`$target\` | $seconds | $executions | $coverage | $finding |"$'\n'
  rm "$log"
done
printf '\n%s' "$summary"
exit $status
