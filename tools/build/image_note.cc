// SPDX-License-Identifier: ISC
#include "build/image_note.h"

#include "build/object_file.h"
#include "support/text.h"

namespace bactrian {

std::string format_note(const ImageNote& note) {
  return "version=1\narch=" + std::string(arch_name(note.arch)) +
         "\ntarget=" + std::string(target_name(note.target)) +
         "\ncpu=" + join({note.cpu_features.begin(), note.cpu_features.end()}, ",") +
         "\ncompiler=" + note.compiler + "\n";
}

Result<ImageNote> parse_note(std::string_view text) {
  ImageNote note;
  bool version_1 = false;
  for (const auto& line : split(text, '\n')) {
    const size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string key = line.substr(0, equals), value = line.substr(equals + 1);
    if (key == "version") version_1 = value == "1";
    if (key == "arch") note.arch = TRY(parse_arch(value));
    if (key == "target") note.target = value == "hosted" ? Target::hosted : Target::bare;
    if (key == "compiler") note.compiler = value;
    if (key == "cpu")
      for (const auto& feature : split(value, ',')) note.cpu_features.insert(feature);
  }
  if (!version_1)
    return Error{.message = "this image was made by another version of bactrian",
                 .remedy = "build it again from its source"};
  return note;
}

Result<ImageNote> read_image_note(const fs::path& image) {
  const std::string bytes = TRY(read_file(image));
  auto explain = [&](Error error, const char* remedy) {
    error.where = image;
    if (error.remedy.empty()) error.remedy = remedy;
    return error;
  };
  const auto elf = ObjectFile::parse(bytes);
  if (!elf.ok()) return explain(elf.error(), "build the image again");
  if (!elf.value().has_section(image_note_section))
    return explain({.message = "this file is not an image made by bactrian (perhaps a program for Linux)"},
                   "give the .ml file or the dune project that it was made from");
  const auto note = parse_note(elf.value().section(image_note_section));
  if (!note.ok()) return explain(note.error(), "");
  return note;
}

// "R": kept by --gc-sections though nothing refers to it.
std::string note_assembly(const ImageNote& note) {
  std::string text = std::string("\t.section ") + image_note_section + ",\"R\",@progbits\n\t.ascii \"";
  for (const char c : format_note(note)) {
    if (c == '\n')
      text += "\\n";
    else if (c == '"' || c == '\\')
      text += std::string("\\") + c;
    else
      text += c;
  }
  return text + "\"\n\t.section .note.GNU-stack,\"\",@progbits\n";
}

}  // namespace bactrian
