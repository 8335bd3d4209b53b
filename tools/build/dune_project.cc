// SPDX-License-Identifier: ISC
#include "build/dune_project.h"

#include <algorithm>
#include <functional>

#include "build/sexp.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// Whether the stanza's modes (all of the default when it names none) hold an executable in native code.
bool makes_native_executable(const Sexp& stanza) {
  const Sexp* modes = stanza.field("modes");
  if (modes == nullptr) return true;
  for (size_t i = 1; i < modes->items.size(); i++) {
    const Sexp& mode = modes->items[i];
    if (!mode.is_list && (mode.atom == "exe" || mode.atom == "native")) return true;
    // (native exe) or (best exe)
    if (mode.is_list && mode.items.size() == 2 && mode.items[1].atom == "exe" && mode.items[0].atom != "byte")
      return true;
  }
  return false;
}

void collect(const std::vector<Sexp>& stanzas, const std::string& prefix, std::vector<std::string>& into) {
  for (const Sexp& stanza : stanzas) {
    if (stanza.is_field("subdir") && stanza.items.size() > 1) {
      collect(stanza.items, prefix + stanza.items[1].atom + "/", into);
      continue;
    }
    const bool one = stanza.is_field("executable"), many = stanza.is_field("executables");
    if ((!one && !many) || !makes_native_executable(stanza)) continue;
    if (const Sexp* names = stanza.field(one ? "name" : "names"); names != nullptr)
      for (const auto& name : names->arguments()) into.push_back(prefix + name + ".exe");
  }
}

void collect_atoms(const Sexp& expression, std::set<std::string>& into) {
  if (!expression.is_list) into.insert(expression.atom);
  for (const Sexp& item : expression.items) collect_atoms(item, into);
}

/// Fields of libraries, however deep; more atoms than names: the field's own, "->" of a (select ...), flags
/// of a ppx.
void collect_libraries(const std::vector<Sexp>& items, std::set<std::string>& into) {
  for (const Sexp& item : items) {
    if (!item.is_list) continue;
    if (item.is_field("libraries") || item.is_field("pps"))
      collect_atoms(item, into);
    else
      collect_libraries(item.items, into);
  }
}

/// What the stanzas say in these fields: names of folders.
std::vector<std::string> folders_of_fields(const std::vector<Sexp>& stanzas,
                                           std::initializer_list<std::string_view> fields) {
  std::vector<std::string> result;
  for (const Sexp& stanza : stanzas)
    for (const auto field : fields)
      if (stanza.is_field(field))
        for (auto& name : stanza.arguments()) result.push_back(std::move(name));
  return result;
}

/// Executables are looked for in the project itself; libraries in all that dune builds, and without
/// complaint: what is wrong with a dune file is dune's to say.
enum class Search { own, all };

Result<std::vector<Sexp>> read_dune_file(const fs::path& file) {
  const std::string text = TRY(read_file(file));
  if (text.starts_with("(* -*- tuareg -*- *)")) return std::vector<Sexp>();  // a program that makes stanzas
  auto parsed = parse_sexps(text);
  if (parsed.ok()) return parsed;
  Error error = parsed.error();
  error.where = file.string() + ":" + error.where;
  return error;
}

using Visit = std::function<void(const fs::path& relative, const std::vector<Sexp>& stanzas)>;

/// Visits the dune files of a folder and of those below it.
Result<void> search(const fs::path& folder, const fs::path& relative, Search what, const Visit& visit) {
  std::vector<std::string> left_out;
  std::error_code code;
  if (fs::is_regular_file(folder / "dune", code)) {
    auto read = read_dune_file(folder / "dune");
    if (!read.ok() && what == Search::own) return read.error();
    const auto stanzas = read.ok() ? read.value() : std::vector<Sexp>();
    visit(relative, stanzas);
    left_out = what == Search::own ? folders_of_fields(stanzas, {"data_only_dirs", "vendored_dirs"})
                                   : folders_of_fields(stanzas, {"data_only_dirs"});
  }
  std::vector<fs::path> below;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    const std::string name = entry->path().filename();
    std::error_code ignored;
    if (name[0] == '.' || name[0] == '_' || entry->is_symlink(ignored) || !entry->is_directory(ignored))
      continue;
    if (std::find(left_out.begin(), left_out.end(), name) == left_out.end()) below.push_back(entry->path());
  }
  if (code) return system_error("cannot read the folder", code.value(), folder);
  for (const auto& path : below) TRY(search(path, relative / path.filename(), what, visit));
  return {};
}

/// "a" of "a.b.c"
std::string package_part(const std::string& library) {
  return library.substr(0, library.find('.'));
}

Error no_project(const fs::path& folder) {
  return Error{.message = "no dune project here: there is no dune-project file in this folder or above it",
               .where = folder,
               .remedy = "name a folder that has one, or a .ml file"};
}

std::string list_of(const std::vector<fs::path>& executables) {
  std::vector<std::string> names;
  for (const auto& path : executables) names.push_back(path.string());
  return join(names, ", ");
}

}  // namespace

Result<std::vector<std::string>> executables_of(std::string_view dune_file) {
  std::vector<std::string> result;
  collect(TRY(parse_sexps(dune_file)), "", result);
  return result;
}

Result<std::vector<fs::path>> find_executables(const fs::path& folder) {
  std::vector<fs::path> result;
  const Visit visit = [&](const fs::path& relative, const std::vector<Sexp>& stanzas) {
    std::vector<std::string> names;
    collect(stanzas, "", names);
    for (const auto& name : names) result.push_back(relative / name);
  };
  TRY(search(folder, {}, Search::own, visit));
  std::sort(result.begin(), result.end());
  return result;
}

Result<std::set<std::string>> named_libraries(const fs::path& folder) {
  std::set<std::string> result;
  const Visit visit = [&](const fs::path&, const std::vector<Sexp>& stanzas) {
    collect_libraries(stanzas, result);
  };
  TRY(search(folder, {}, Search::all, visit));
  return result;
}

Result<std::map<std::string, std::set<std::string>>> packages_of(const fs::path& folder) {
  struct Library {
    std::string package;
    std::set<std::string> names;  ///< what it names
  };
  std::vector<Library> libraries;
  std::map<std::string, std::string> package_of;  // by a library's name for its own project
  const Visit visit = [&](const fs::path&, const std::vector<Sexp>& stanzas) {
    for (const Sexp& stanza : stanzas) {
      const Sexp* public_name = stanza.is_field("library") ? stanza.field("public_name") : nullptr;
      if (public_name == nullptr || public_name->items.size() != 2) continue;
      const std::string package = package_part(public_name->items[1].atom);
      if (const Sexp* name = stanza.field("name"); name != nullptr && name->items.size() == 2)
        package_of[name->items[1].atom] = package;
      collect_libraries(stanza.items, libraries.emplace_back(Library{package, {}}).names);
    }
  };
  TRY(search(folder, {}, Search::all, visit));
  std::map<std::string, std::set<std::string>> result;
  for (const auto& library : libraries) result[library.package];
  for (const auto& library : libraries)
    for (const auto& name : library.names) {
      const auto own = package_of.find(name);
      const std::string needed = own != package_of.end() ? own->second : package_part(name);
      if (needed != library.package && result.contains(needed)) result[library.package].insert(needed);
    }
  return result;
}

fs::path dune_root(const fs::path& folder) {
  fs::path workspace, project;
  std::error_code code;
  for (fs::path at = fs::absolute(folder).lexically_normal();; at = at.parent_path()) {
    if (at.has_filename() || at == at.root_path()) {
      if (fs::exists(at / "dune-workspace", code)) workspace = at;
      if (fs::exists(at / "dune-project", code)) project = at;
    }
    if (at == at.root_path() || at.empty()) break;
  }
  return workspace.empty() ? project : workspace;
}

Result<DuneTarget> find_dune_target(const fs::path& folder) {
  const fs::path root = dune_root(folder);
  if (root.empty()) return no_project(folder);
  const auto executables = TRY(find_executables(folder));
  if (executables.empty())
    return Error{.message = "this dune project has no executable",
                 .where = folder,
                 .remedy = "add an (executable ...) stanza, or name a folder that has one"};
  if (executables.size() > 1)
    return Error{.message = "this dune project has " + std::to_string(executables.size()) +
                            " executables: " + list_of(executables),
                 .where = folder,
                 .remedy = "name the one to run, for instance " + (folder / executables.front()).string()};
  const fs::path absolute = fs::absolute(folder / executables.front()).lexically_normal();
  return DuneTarget{.root = root, .executable = absolute.lexically_relative(root)};
}

Result<DuneTarget> named_dune_target(const fs::path& executable) {
  const fs::path absolute = fs::absolute(executable).lexically_normal();
  const fs::path root = dune_root(absolute.parent_path());
  if (root.empty()) return no_project(absolute.parent_path());
  const fs::path relative = absolute.lexically_relative(root);
  const auto executables = TRY(find_executables(root));
  if (std::find(executables.begin(), executables.end(), relative) == executables.end())
    return Error{.message = "the dune project at " + root.string() + " has no such executable",
                 .where = executable,
                 .remedy = executables.empty() ? "add an (executable ...) stanza to a dune file"
                                               : "it has: " + list_of(executables)};
  return DuneTarget{.root = root, .executable = relative};
}

}  // namespace bactrian
