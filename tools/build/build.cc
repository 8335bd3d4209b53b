// SPDX-License-Identifier: ISC
#include "build/build.h"

#include "build/compiler.h"
#include "build/dune_build.h"
#include "build/dune_project.h"
#include "build/final_link.h"
#include "build/link_record.h"
#include "build/object_file.h"
#include "build/source_file.h"
#include "support/cache.h"

namespace bactrian {

namespace {

enum class ProgramKind { source, project, executable_of_project, image };

Result<ProgramKind> kind_of(const fs::path& program) {
  std::error_code code;
  if (fs::is_directory(program, code)) return ProgramKind::project;
  const bool exists = fs::exists(program, code);
  if (!exists && program.extension() == ".exe") return ProgramKind::executable_of_project;
  if (!exists)
    return Error{
        .message = "no such file or folder",
        .where = program,
        .remedy = "give a .ml file, a folder with a dune project, or an image made by `bactrian build`"};
  if (program.extension() == ".ml") return ProgramKind::source;
  if (looks_like_elf(TRY(read_file(program)))) return ProgramKind::image;
  return Error{
      .message = "this is not an OCaml program",
      .where = program,
      .remedy = "give a .ml file, a folder with a dune project, or an image made by `bactrian build`"};
}

Result<BuiltImage> build_from_source(const Cache& cache, const BuildRequest& request, ProgramKind kind) {
  std::optional<DuneTarget> target;  // looked for first: a mistake there should not wait for a compiler
  if (kind == ProgramKind::project) target = TRY(find_dune_target(request.program));
  if (kind == ProgramKind::executable_of_project) target = TRY(named_dune_target(request.program));
  if (target && !request.packages.empty())
    return Error{.message = "--package is for a .ml file",
                 .where = request.program,
                 .remedy = "name the libraries in the project's dune files"};

  const Compiler compiler = TRY(choose_compiler(request));
  const fs::path record = target ? TRY(build_dune_program(cache, request, *target, compiler))
                                 : TRY(compile_source(cache, request, compiler));
  const std::string name = target ? target->executable.stem().string() : module_file_name(request.program);
  return link_image(cache,
                    {.name = name,
                     .record = TRY(parse_link_record(TRY(read_file(record)))),
                     .arch = request.arch,
                     .target = request.target,
                     .debug = request.debug,
                     .verbose = request.verbose},
                    compiler);
}

}  // namespace

Result<BuiltImage> build_program(const BuildRequest& request) {
  const ProgramKind kind = TRY(kind_of(request.program));
  const Cache cache = TRY(Cache::open());
  if (kind == ProgramKind::image) return load_image(fs::absolute(request.program));
  return build_from_source(cache, request, kind);
}

}  // namespace bactrian
