// SPDX-License-Identifier: ISC
#include "run/elf.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "run/image.h"

namespace bactrian {
namespace {

constexpr uint64_t entry_note_value = 0x200040;

/// A small valid image: one loadable segment at `physical`, and a PVH note.
std::string small_image(uint16_t machine = EM_X86_64, uint64_t physical = 0x200000) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_EXEC;
  header.e_machine = machine;
  header.e_entry = physical + 0x40;
  header.e_phoff = sizeof header;
  header.e_phnum = 2;
  struct {
    Elf64_Nhdr head{4, 4, 18};
    char name[4] = {'X', 'e', 'n', 0};
    uint32_t entry = entry_note_value;
  } note;
  const uint64_t content_at = sizeof header + 2 * sizeof(Elf64_Phdr);
  const Elf64_Phdr load{.p_type = PT_LOAD,
                        .p_flags = PF_R | PF_X,
                        .p_offset = content_at,
                        .p_vaddr = 0xffffffff80000000 + physical,
                        .p_paddr = physical,
                        .p_filesz = sizeof note,
                        .p_memsz = 0x5000,
                        .p_align = 4096};
  Elf64_Phdr notes = load;
  notes.p_type = PT_NOTE;
  std::string bytes;
  const auto put = [&bytes](const auto& part) {
    bytes.append(reinterpret_cast<const char*>(&part), sizeof part);
  };
  put(header), put(load), put(notes), put(note);
  return bytes;
}

class ElfTest : public ::testing::Test {
 protected:
  Result<ElfFile> open(const std::string& bytes) {
    EXPECT_TRUE(write_file(file_, bytes).ok());
    return ElfFile::open(file_);
  }

  TempFolder folder_ = TempFolder::create("elf-test").value();
  fs::path file_ = folder_.path() / "image";
};

TEST_F(ElfTest, WholeImage) {
  const auto elf = open(small_image());
  ASSERT_TRUE(elf.ok()) << elf.error().message;
  EXPECT_TRUE(ElfFile::looks_like_one(file_));
  EXPECT_EQ(elf.value().arch(), Arch::x86_64);
  EXPECT_EQ(elf.value().pvh_entry(), entry_note_value);
  EXPECT_FALSE(is_hosted(elf.value()));
  const auto image = prepare_image(elf.value(), file_, folder_.path());
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image.value().memory_needed, 0x205000u);
  EXPECT_EQ(image.value().kernel, file_);
  EXPECT_FALSE(image.value().speaks_link);
}

TEST_F(ElfTest, OurOwnExecutableIsHosted) {
  const auto elf = ElfFile::open("/proc/self/exe");
  ASSERT_TRUE(elf.ok()) << elf.error().message;
  EXPECT_TRUE(is_hosted(elf.value()));
  EXPECT_TRUE(elf.value().has_symbol("main"));
  EXPECT_FALSE(elf.value().has_symbol("nucleus_entry_"));
  const auto functions = elf.value().functions();
  EXPECT_GT(functions.size(), 100u);
  for (size_t i = 1; i < functions.size(); i++) ASSERT_LT(functions[i - 1].address, functions[i].address);
}

TEST_F(ElfTest, NothingIsAnImage) {
  EXPECT_FALSE(ElfFile::looks_like_one(folder_.path() / "absent"));
  EXPECT_FALSE(ElfFile::looks_like_one(folder_.path()));
  EXPECT_FALSE(open("let () = print_endline \"hello\"").ok());
  EXPECT_FALSE(ElfFile::looks_like_one(file_));
}

TEST_F(ElfTest, CutAnywhereIsAnErrorWithAReason) {
  const std::string bytes = small_image();
  for (size_t size = 0; size < bytes.size(); size++) {
    const auto elf = open(bytes.substr(0, size));
    ASSERT_FALSE(elf.ok()) << size;
    EXPECT_NE(elf.error().where, "");
    EXPECT_NE(elf.error().remedy, "");
  }
}

TEST_F(ElfTest, RandomDamageIsSurvived) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; round++) {
    std::string bytes = small_image();
    for (int hits = 0; hits < 4; hits++) bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto elf = open(bytes);
    if (!elf.ok()) continue;
    (void)elf.value().functions();
    (void)prepare_image(elf.value(), file_, folder_.path());
  }
}

TEST_F(ElfTest, ImageWithoutEntryNote) {
  std::string bytes = small_image();
  bytes.replace(bytes.find("Xen"), 3, "Xxx");
  const auto elf = open(bytes);
  ASSERT_TRUE(elf.ok());
  EXPECT_FALSE(prepare_image(elf.value(), file_, folder_.path()).ok());
}

TEST_F(ElfTest, Aarch64BecomesAFlatImage) {
  const auto elf = open(small_image(EM_AARCH64, 0x40200000));
  ASSERT_TRUE(elf.ok());
  const auto image = prepare_image(elf.value(), file_, folder_.path());
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image.value().memory_needed, 0x205000u);
  const std::string flat = read_file(image.value().kernel).value();
  EXPECT_EQ(flat, elf.value().segments()[0].content);
}

TEST_F(ElfTest, MemoryIsCheckedBeforeBoot) {
  Bootable image{.memory_needed = 5 << 20};
  EXPECT_FALSE(check_memory(1 << 20, image, 0).ok());
  EXPECT_FALSE(check_memory(5 << 20, image, 0).ok());
  EXPECT_TRUE(check_memory(6 << 20, image, 0).ok());
  EXPECT_FALSE(check_memory(6 << 20, image, 1 << 20).ok());
  EXPECT_FALSE(check_memory(64ULL << 40, image, 0).ok());
  EXPECT_NE(check_memory(5 << 20, image, 0).error().remedy.find("6 MiB"), std::string::npos);
}

}  // namespace
}  // namespace bactrian
