// SPDX-License-Identifier: ISC
#pragma once

// Linker symbols as a person knows them.

#include <span>
#include <string_view>

namespace nucleus {

/// OCaml's "camlHello.f_123", "camlHello__f_123" and "camlDune__exe__Hello.fun_7" become "Hello.f", "Hello.f"
/// and "Hello.fun"; of C++'s names those of functions in namespaces and classes become
/// "nucleus::Thread::start"; all others stay as they are. Writes into `buffer`, cutting what does not fit,
/// and returns that part (or `symbol` itself).
std::string_view demangle(std::string_view symbol, std::span<char> buffer);

}  // namespace nucleus
