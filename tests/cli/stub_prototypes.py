# SPDX-License-Identifier: ISC
#
# stub_prototypes.py FOLDER...: whether the C and C++ stubs below the folders are what the externals there say: as many
# arguments, each of the representation that the OCaml type and its attributes ask for, the same for the result; those
# that are noalloc call nothing of the runtime that allocates, raises or lets go of the domain. Prints what differs and
# how many externals were compared.
import pathlib
import re
import sys

# C++ stubs have no OCaml headers (docs/compilers.md), and say intptr_t for a value.
NATIVE = {
    "untagged": {"intnat", "intptr_t"},
    "unboxed nativeint": {"intnat", "intptr_t"},
    "unboxed int64": {"int64_t"},
    "unboxed int32": {"int32_t"},
    "unboxed float": {"double"},
    "value": {"value", "intptr_t"},
}
NEVER_IN_NOALLOC = re.compile(r"\b(caml_alloc\w*|caml_copy_\w+|caml_raise\w*|caml_failwith|caml_invalid_argument|"
                              r"CAMLparam\d|CAMLlocal\d|caml_enter_blocking_section|caml_callback\w*)\b")

# A bytecode stub that only says that there is none serves any external.
REFUSES = re.compile(r"^\s*(?:\(void\)\w+;\s*)?caml_failwith\(\"[^\"]*\"\);\s*$")


def without_comments(text, ocaml):
    if ocaml:
        while True:
            shorter = re.sub(r"\(\*(?:(?!\(\*|\*\)).)*?\*\)", " ", text, flags=re.S)
            if shorter == text:
                return text
            text = shorter
    return re.sub(r"//[^\n]*|/\*.*?\*/", " ", text, flags=re.S)


def split_arrows(text):
    """The arguments and the result of an OCaml type; arrows within parentheses are left alone."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0 and text[i:i + 2] == "->":
            parts.append(text[start:i].strip())
            start = i + 2
    return parts + [text[start:].strip()]


def representation(part):
    if "@untagged" in part:
        return "untagged"
    if "@unboxed" in part:
        return "unboxed " + re.search(r"\b(nativeint|int64|int32|float)\b", part)[1]
    return "value"


def externals(path):
    text = without_comments(path.read_text(), True)
    for found in re.finditer(r"\bexternal\s+(\w+)\s*:(.*?)=\s*((?:\"[^\"]*\"\s*)+)((?:\[@@\w+[^\]]*\]\s*)*)", text, re.S):
        names = re.findall(r'"([^"]*)"', found[3])
        if names[0].startswith("%"):
            continue
        parts = [representation(part) for part in split_arrows(found[2])]
        yield found[1], parts, names, "noalloc" in found[4]


def functions(path):
    text = without_comments(path.read_text(), False)
    text = re.sub(r"^namespace \{.*?^\} +$", "", text, flags=re.S | re.M)  # of the file alone
    pattern = r"^(?:extern \"C\" )?(value|intnat|intptr_t|int64_t|int32_t|double)\s+(\w+)\(([^)]*)\)\s*\{(.*?)^\}"
    for found in re.finditer(pattern, text, re.S | re.M):
        arguments = [] if found[3].strip() in ("", "void") else [word.split()[0] for word in found[3].split(",")]
        yield found[2], (found[1], arguments, found[4])


def compare(where, name, parts, function, native, noalloc, stub):
    kinds = [NATIVE[part] if native else NATIVE["value"] for part in parts]
    result, arguments, body = function
    if len(arguments) != len(parts) - 1:
        yield f"{where}: {name} has {len(parts) - 1} arguments, {stub} {len(arguments)}"
        return
    for i, (kind, got) in enumerate(zip(kinds, arguments + [result])):
        if got not in kind:
            yield f"{where}: {name}: {stub} has {got} for part {i + 1}, not {' or '.join(sorted(kind))}"
    bad = NEVER_IN_NOALLOC.search(body) if noalloc and native else None
    if bad:
        yield f"{where}: {name} is noalloc, and {stub} calls {bad[1]}"


def main():
    folders = [pathlib.Path(folder) for folder in sys.argv[1:]]
    defined, used, problems, count = {}, set(), [], 0
    for folder in folders:
        for path in sorted([*folder.rglob("*.c"), *folder.rglob("*.cc")]):
            defined.update(functions(path))
    for folder in folders:
        for path in sorted(folder.rglob("*.ml")):
            for name, parts, names, noalloc in externals(path):
                count += 1
                used.update(names)
                special = any(part != "value" for part in parts)
                if special and len(names) == 1:
                    problems.append(f"{path}: {name} has no stub for bytecode")
                for stub in names:
                    if stub not in defined:
                        if not stub.startswith(("caml_", "unix_")):
                            problems.append(f"{path}: {name}: there is no {stub}")
                        continue
                    native = stub == names[-1]
                    if not native and REFUSES.search(defined[stub][2]):
                        continue
                    problems += compare(path, name, parts, defined[stub], native, noalloc, stub)
    # What a header, or another file, declares is a library of C that stubs call.
    declared = {word for folder in folders for path in folder.rglob("*.h") for word in re.findall(r"\w+", path.read_text())}
    for path in (path for folder in folders for path in folder.rglob("*.c")):
        declared.update(re.findall(r"^\w[\w *]*\b(\w+)\([^)]*\);", path.read_text(), re.M))
    problems += [f"{name} is a stub of no external" for name in sorted(set(defined) - used - declared)]
    for problem in problems:
        print(problem)
    print(f"{count} externals")
    sys.exit(bool(problems) or count == 0)


main()
