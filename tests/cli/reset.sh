#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A program starts the machine anew: by ACPI, PSCI and SBI. QEMU is told not to end then.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

cat >qemu <<'END'
#!/usr/bin/env bash
words=()
for word; do [ "$word" = -no-reboot ] || words+=("$word"); done
exec "qemu-system-$RESET_ARCH" "${words[@]}"
END
chmod +x qemu
export BACTRIAN_QEMU=$PWD/qemu

mkdir project
echo '(lang dune 3.0)' >project/dune-project
echo '(executable (name main) (libraries machine))' >project/dune
cat >project/main.ml <<'END'
let () =
  print_endline "up";
  Machine.reset ()
END

several() { [ "$(grep -cx up out)" -ge 3 ]; }
for arch in x86_64 aarch64 riscv64; do
  export RESET_ARCH=$arch
  for cpus in 1 2; do
    : >out
    "$BACTRIAN" run --arch $arch --cpus $cpus --timeout 240 project >out 2>err &
    run=$!
    wait_until several
    kill -s TERM $run
    wait $run || true
  done
done

bactrian run --target hosted project
expect_status 2 && expect_out up && expect_err "no bare machine"
