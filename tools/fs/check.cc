// SPDX-License-Identifier: ISC
//
// `check`, and the passwords.
#include <redoxfs/check.h>

#include <cinttypes>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "fs/commands.h"

namespace bactrian {

namespace {

redoxfs::ConstBytes bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

class Observer final : public redoxfs::CheckObserver {
 public:
  explicit Observer(bool json) : json_(json) {}

  void found(const redoxfs::Finding& finding) override {
    if (json_) {
      const nlohmann::json about = {{"problem", redoxfs::describe(finding.problem)},
                                    {"harmless", redoxfs::harmless(finding.problem)},
                                    {"node", finding.node},
                                    {"position", finding.position},
                                    {"count", finding.count}};
      std::printf("%s\n", about.dump().c_str());
      return;
    }
    std::string where = finding.node != 0 ? "node " + std::to_string(finding.node) : "";
    if (finding.position != 0) where += (where.empty() ? "at " : ", at ") + std::to_string(finding.position);
    if (finding.count != 0) where += (where.empty() ? "count " : ", count ") + std::to_string(finding.count);
    std::printf("%s%s%s%s\n", redoxfs::harmless(finding.problem) ? "note: " : "",
                redoxfs::describe(finding.problem), where.empty() ? "" : ": ", where.c_str());
  }
  void progress(uint64_t done, uint64_t total) override {
    if (!bar_ || total_ != total) bar_.emplace("checking", total_ = total);
    bar_->set(done);
  }
  void finish() { bar_.reset(); }

 private:
  bool json_;
  std::optional<ByteProgress> bar_;
  uint64_t total_ = 0;
};

}  // namespace

Result<bool> check(const CheckCommandOptions& options) {
  const auto access = options.repair ? redoxfs::Access::read_write : redoxfs::Access::read_only;
  const auto image = TRY(Image::open_device(options.image, access));
  redoxfs::CheckOptions chosen;
  chosen.data = options.quick ? redoxfs::CheckData::skip : redoxfs::CheckData::verify;
  chosen.repair = options.repair ? redoxfs::Repair::yes : redoxfs::Repair::no;
  Observer observer(options.json);
  std::string password;
  auto done = redoxfs::check(image->device(), image->services(), chosen, observer);
  if (!done.ok() && done.error() == redoxfs::Error::wrong_password) {
    password = TRY(
        ask_password(PasswordUse::existing, "password of " + options.image.string(), "BACTRIAN_FS_PASSWORD"));
    chosen.password = bytes_of(password);
  }
  auto again = chosen.password.empty() ? std::move(done)
                                       : redoxfs::check(image->device(), image->services(), chosen, observer);
  observer.finish();
  const auto result = TRY(checked(std::move(again), "cannot check", options.image));
  const bool good = (options.repair ? result.unrepaired : result.problems) == 0;
  if (options.json) {
    const nlohmann::json about = {{"files", result.files},
                                  {"directories", result.directories},
                                  {"others", result.others},
                                  {"used_bytes", result.blocks_used * redoxfs::block_size},
                                  {"free_bytes", result.blocks_free * redoxfs::block_size},
                                  {"leaked_bytes", result.blocks_leaked * redoxfs::block_size},
                                  {"problems", result.problems},
                                  {"unrepaired", result.unrepaired}};
    std::printf("%s\n", about.dump().c_str());
    return good;
  }
  std::printf(
      "%" PRIu64 " files, %" PRIu64 " directories, %" PRIu64 " others; %s used, %s free: ", result.files,
      result.directories, result.others, format_size(result.blocks_used * redoxfs::block_size).c_str(),
      format_size(result.blocks_free * redoxfs::block_size).c_str());
  if (result.problems == 0)
    std::printf("all good\n");
  else if (options.repair)
    std::printf("%" PRIu64 " problems, %" PRIu64 " left\n", result.problems, result.unrepaired);
  else
    std::printf("%" PRIu64 " problems\n", result.problems);
  return good;
}

Result<void> change_password(const PasswordOptions& options) {
  const auto image = TRY(Image::open_device(options.image, redoxfs::Access::read_write));
  const std::string old = TRY(ask_password(
      PasswordUse::existing, options.remove ? "password to keep" : "old password", "BACTRIAN_FS_PASSWORD"));
  TRY(image->mount(redoxfs::Access::read_write, old));
  if (!image->system().usage().encrypted)
    return Error{.message = "the file system is not encrypted",
                 .where = options.image,
                 .remedy = "make an encrypted one: `bactrian fs make --encrypt`",
                 .status = 1};
  if (options.remove) {
    const std::string gone =
        TRY(ask_password(PasswordUse::existing, "password to remove", "BACTRIAN_FS_NEW_PASSWORD"));
    if (gone == old)
      return Error{
          .message = "this is the password to keep", .remedy = "give the other one first", .status = 1};
    return checked(image->system().remove_password(bytes_of(gone)), "cannot remove the password",
                   options.image);
  }
  const std::string fresh = TRY(ask_password(PasswordUse::fresh, "new password", "BACTRIAN_FS_NEW_PASSWORD"));
  TRY(checked(image->system().add_password(bytes_of(fresh)), "cannot add the password", options.image));
  if (options.add || fresh == old) return {};
  return checked(image->system().remove_password(bytes_of(old)), "cannot remove the old password",
                 options.image);
}

}  // namespace bactrian
