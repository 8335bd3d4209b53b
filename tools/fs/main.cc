// SPDX-License-Identifier: ISC
//
// `bactrian fs`: RedoxFS images from the command line.
#include <CLI/CLI.hpp>
#include <csignal>
#include <functional>

#include "fs/commands.h"

namespace bactrian {

namespace {

constexpr const char* help = R"(Examples:
  bactrian fs make disk.img --from folder/       an image of a folder, or of a tar archive
  bactrian fs ls -lR disk.img
  bactrian fs get disk.img / copy/               everything back, with modes, owners, times and links
  bactrian fs put disk.img notes.txt /notes.txt
  bactrian fs mount disk.img /mnt                in the foreground, through FUSE
  bactrian fs check --repair disk.img

Passwords are asked for, or taken from BACTRIAN_FS_PASSWORD (a new one from BACTRIAN_FS_NEW_PASSWORD).
Exit statuses: 0 done, 1 it could not be done or `check` has found something, 125 a mistake in the command line.)";

class Parser {
 public:
  int run(int argc, char** argv) {
    app_.name("bactrian fs");
    app_.require_subcommand(1);
    app_.footer(help);
    app_.failure_message(CLI::FailureMessage::simple);
    add_make();
    add_looking();
    add_copying();
    add_changing();
    add_keeping();
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& success) {  // --help
      return app_.exit(success);
    } catch (const CLI::ParseError& error) {
      print_error({.message = error.what(), .remedy = "see `bactrian fs --help`"});
      return static_cast<int>(ExitStatus::tool_error);
    }
    return finish(chosen_());
  }

 private:
  static int finish(const Result<bool>& done) {
    if (done.ok()) return done.value() ? 0 : 1;
    print_error(done.error());
    return done.error().status;
  }

  /// A command on an image; `action` may only be called after the parse.
  CLI::App* command(const char* name, const char* summary, std::function<Result<void>()> action) {
    return verdict(name, summary, [action = std::move(action)]() -> Result<bool> {
      TRY(action());
      return true;
    });
  }
  CLI::App* verdict(const char* name, const char* summary, std::function<Result<bool>()> action) {
    CLI::App* sub = app_.add_subcommand(name, summary);
    sub->callback([this, action = std::move(action)] { chosen_ = action; });
    sub->add_option("IMAGE", image_, "the image, a file or a block device")->required();
    return sub;
  }

  static CLI::callback_t size_into(std::optional<uint64_t>& into) {
    return [&into](const CLI::results_t& values) {
      const auto size = parse_size(values.back());
      if (!size.ok()) throw CLI::ValidationError(size.error().message);
      into = size.value();
      return true;
    };
  }

  void add_make() {
    auto* make = command("make", "Make an image", [this] {
      make_.image = image_;
      return make_image(make_);
    });
    make->add_option("--from", make_.from, "fill it from a folder, or from a tar archive")
        ->type_name("DIR|TAR");
    make->add_option("--size", size_into(make_.size),
                     "its size, as 64M or 1.5G (default: what the content needs)")
        ->type_name("SIZE");
    make->add_flag("--encrypt", make_.encrypt, "with a password");
    make->add_option("--seed", make_.seed, "make the very same image every time")->type_name("N");
    make->add_flag("--anonymous", make_.anonymous, "without the host's owners and times");
    make->add_flag("--json", make_.json, "tell about it in JSON");
  }

  void add_looking() {
    auto* ls = command("ls", "List a directory", [this] {
      list_.image = image_;
      return list(list_);
    });
    ls->add_option("PATH", list_.path, "default: /");
    ls->add_flag("-l", list_.details, "with modes, owners, sizes and times");
    ls->add_flag("-R", list_.recursive, "with all that is below");
    ls->add_flag("--json", list_.json, "one JSON object an entry");
    auto* stat_command =
        command("stat", "Tell all about one path", [this] { return stat(image_, path_, json_); });
    stat_command->add_option("PATH", path_)->required();
    stat_command->add_flag("--json", json_, "in JSON");
    auto* df = command("df", "Tell what is used and free", [this] { return disk_free(image_, json_); });
    df->add_flag("--json", json_, "in JSON");
  }

  void add_copying() {
    auto* cat_command = command("cat", "Print a file", [this] { return cat(image_, path_); });
    cat_command->add_option("PATH", path_)->required();
    auto* get_command = command("get", "Copy out of the image, with all that is below",
                                [this] { return get(image_, path_, other_); });
    get_command->add_option("PATH", path_, "in the image; / is everything")->required();
    get_command->add_option("DEST", other_, "on the host")->required();
    auto* put_command = command("put", "Copy into the image, with all that is below",
                                [this] { return put(image_, other_, path_); });
    put_command->add_option("SRC", other_, "on the host")->required();
    put_command->add_option("PATH", path_, "in the image; a directory that is there is where it goes")
        ->required();
  }

  void add_changing() {
    auto* rm = command("rm", "Remove", [this] { return remove(image_, paths_, recursive_, force_); });
    rm->add_option("PATH", paths_)->required();
    rm->add_flag("-r", recursive_, "directories with all that is below");
    rm->add_flag("-f", force_, "what is not there is no error");
    auto* mkdir =
        command("mkdir", "Make a directory", [this] { return make_directory(image_, path_, parents_); });
    mkdir->add_option("PATH", path_)->required();
    mkdir->add_flag("-p", parents_, "with those above; one that is there is no error");
    auto* mv = command("mv", "Rename or move", [this] { return move(image_, path_, target_); });
    mv->add_option("FROM", path_)->required();
    mv->add_option("TO", target_)->required();
    auto* ln = command("ln", "Make a link", [this] { return link(image_, path_, target_, symbolic_); });
    ln->add_option("TARGET", path_)->required();
    ln->add_option("PATH", target_)->required();
    ln->add_flag("-s", symbolic_, "a symbolic one");
  }

  void add_keeping() {
    auto* check_command = verdict("check", "Look for damage: every checksum, name, link and block", [this] {
      check_.image = image_;
      return check(check_);
    });
    check_command->add_flag("--repair", check_.repair, "mend what can be mended; copy the image first");
    check_command->add_flag("--quick", check_.quick, "metadata only");
    check_command->add_flag("--json", check_.json, "one JSON object a finding; the last is the sum");
    auto* passwd = command("passwd", "Change the password", [this] {
      password_.image = image_;
      return change_password(password_);
    });
    auto* add = passwd->add_flag("--add", password_.add, "a further one; the old one stays");
    passwd->add_flag("--remove", password_.remove, "take one of several away")->excludes(add);
    auto* mount_command = command("mount", "Mount it through FUSE, in the foreground", [this] {
      mount_.image = image_;
      return mount(mount_);
    });
    mount_command->add_option("FOLDER", mount_.folder)->required();
    mount_command->add_flag("--read-only", mount_.read_only, "change nothing");
    mount_command->add_flag("--allow-other", mount_.others, "other users may use it (see fuse.conf)");
  }

  CLI::App app_{"RedoxFS images: make, look at, change, check and mount them."};
  std::function<Result<bool>()> chosen_;
  fs::path image_;
  fs::path other_;
  std::string path_, target_;
  std::vector<std::string> paths_;
  bool json_ = false, recursive_ = false, force_ = false, parents_ = false, symbolic_ = false;
  MakeOptions make_;
  ListOptions list_;
  CheckCommandOptions check_;
  PasswordOptions password_;
  MountOptions mount_;
};

}  // namespace

}  // namespace bactrian

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return bactrian::Parser().run(argc, argv);
}
