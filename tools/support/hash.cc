// SPDX-License-Identifier: ISC
#include "support/hash.h"

#include <openssl/evp.h>

#include <algorithm>

namespace bactrian {

namespace {

std::string hex(const unsigned char* bytes, size_t size) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < size; i++) {
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

Context new_context() {
  Context context(EVP_MD_CTX_new());
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  return context;
}

std::string finish(EVP_MD_CTX* context) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(context, digest, &size);
  return hex(digest, size);
}

bool hidden(const fs::path& path) {
  const std::string name = path.filename();
  return name.starts_with(".") || name.starts_with("_build");
}

}  // namespace

std::string sha256(std::string_view bytes) {
  const Context context = new_context();
  EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
  return finish(context.get());
}

struct KeyBuilder::State {
  Context context = new_context();
};

KeyBuilder::KeyBuilder() : state_(std::make_unique<State>()) {}
KeyBuilder::~KeyBuilder() = default;

KeyBuilder& KeyBuilder::add(std::string_view label, std::string_view text) {
  const std::string head =
      std::to_string(label.size()) + ":" + std::string(label) + std::to_string(text.size()) + ":";
  EVP_DigestUpdate(state_->context.get(), head.data(), head.size());
  EVP_DigestUpdate(state_->context.get(), text.data(), text.size());
  return *this;
}

Result<void> KeyBuilder::add_file(std::string_view label, const fs::path& path) {
  add(label, TRY(read_file(path)));
  return {};
}

Result<void> KeyBuilder::add_tree(const fs::path& folder, const std::vector<std::string>& suffixes) {
  std::vector<fs::path> files;
  std::error_code code;
  fs::recursive_directory_iterator walk(folder, code);
  for (; !code && walk != fs::recursive_directory_iterator(); walk.increment(code)) {
    if (hidden(walk->path())) {
      if (walk->is_directory()) walk.disable_recursion_pending();
      continue;
    }
    const std::string name = walk->path().filename();
    const bool wanted =
        suffixes.empty() || std::any_of(suffixes.begin(), suffixes.end(),
                                        [&](const auto& suffix) { return name.ends_with(suffix); });
    if (wanted && walk->is_regular_file()) files.push_back(walk->path());
  }
  if (code) return system_error("cannot read the folder", code.value(), folder);
  std::sort(files.begin(), files.end());
  for (const auto& file : files) TRY(add_file(file.lexically_relative(folder).string(), file));
  return {};
}

std::string KeyBuilder::key() const {
  const Context copy(EVP_MD_CTX_new());
  EVP_MD_CTX_copy_ex(copy.get(), state_->context.get());
  return finish(copy.get()).substr(0, 16);
}

}  // namespace bactrian
