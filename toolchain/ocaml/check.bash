# SPDX-License-Identifier: ISC
# check.bash FOLDER: builds and runs the small dune project there with the OCaml that is first in PATH.
set -euo pipefail
cd "$1"
export DUNE_CACHE=disabled
ocamlopt -version
ocamlfind printconf path
ocamlfind ocamlopt -package unix -linkpkg check.ml -o check
[[ $(./check) == "the check has run" ]]
dune build --root . --display quiet ./check.exe
[[ $(./_build/default/check.exe) == "the check has run" ]]
