# SPDX-License-Identifier: ISC
# The examples of documentation comments, {[ ... ]}, as tests: each is a structure that is run.

BEGIN { print "open Picox_check.Check\n" }

/\{\[/ { inside = 1; count++; start = FNR; print "module Example_" count " () = struct"; printf "# %d \"%s\"\n", FNR + 1, FILENAME; next }

/\]\}/ {
  if (inside) {
    print "end\n"
    name = FILENAME
    sub(/.*\//, "", name)
    tests = tests sprintf("  test \"doc: %s, line %d\" (fun () -> let module _ = Example_%d () in ());\n", name, start, count)
  }
  inside = 0
  next
}

inside { print }

END { print "let add () =\n" tests "  that \"some\" (" count + 0 " > 0)" }
