// SPDX-License-Identifier: ISC

// What code that is compiled with -fsanitize=undefined -fno-sanitize-recover calls when it is about to do
// what C++ leaves undefined. Each ends in a panic that names the place and what was wrong. The compiler
// passes constant data, laid out as below; all of it begins with the place.  Spec: [llvm/ubsan
// "lib/ubsan/ubsan_handlers.h"]

#include <panic/source_panic.h>

#include <nucleus/log.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nucleus {
namespace {

struct Type {
  std::uint16_t kind;  // 0: integer
  std::uint16_t info;  // of an integer: bit 0 signed, the rest the logarithm of its bits
  char name[1];        // as in the source, in quotes; longer
};

/// A value, or where it is when it does not fit into a word.
using Value = std::uintptr_t;

struct Check {
  SourcePlace place;
};
struct TypedCheck {
  SourcePlace place;
  const Type* type;
};
struct ShiftCheck {
  SourcePlace place;
  const Type* value_type;
  const Type* count_type;
};
struct IndexCheck {
  SourcePlace place;
  const Type* array_type;
  const Type* index_type;
};
struct AccessCheck {
  SourcePlace place;
  const Type* type;
  std::uint8_t alignment_bits;
  std::uint8_t access;
};
static_assert(sizeof(SourcePlace) == 16 && offsetof(AccessCheck, alignment_bits) == 24);

// In the order of AccessCheck::access.
constexpr const char* accesses[] = {"a load of",    "a store to",        "a reference to", "a member of",
                                    "a call on",    "a construction at", "a downcast of",  "a downcast of",
                                    "an upcast of", "a cast of"};

template <typename... Arguments>
[[noreturn]] void fail(const SourcePlace& place, std::string_view what, const Arguments&... arguments) {
  char text[160];
  const std::size_t size = format(std::span{text}.first(sizeof text - 1), what, arguments...).size();
  text[size] = '\0';
  panic_at(text, place);
}

/// An index that the type says how to read; for a message only.
std::int64_t number(const Type& type, Value value) {
  if (type.kind != 0) return 0;
  const unsigned bits = 1u << (type.info >> 1);
  const bool negative = (type.info & 1) != 0 && bits < 64 && (value >> (bits - 1) & 1) != 0;
  return static_cast<std::int64_t>(negative ? value | ~std::uint64_t{0} << bits : value);
}

}  // namespace

extern "C" {

[[noreturn]] void __ubsan_handle_add_overflow_abort(const TypedCheck& check, Value, Value) {
  fail(check.place, "undefined behaviour: an addition overflows {}", check.type->name);
}
[[noreturn]] void __ubsan_handle_sub_overflow_abort(const TypedCheck& check, Value, Value) {
  fail(check.place, "undefined behaviour: a subtraction overflows {}", check.type->name);
}
[[noreturn]] void __ubsan_handle_mul_overflow_abort(const TypedCheck& check, Value, Value) {
  fail(check.place, "undefined behaviour: a multiplication overflows {}", check.type->name);
}
[[noreturn]] void __ubsan_handle_negate_overflow_abort(const TypedCheck& check, Value) {
  fail(check.place, "undefined behaviour: a negation overflows {}", check.type->name);
}
[[noreturn]] void __ubsan_handle_divrem_overflow_abort(const TypedCheck& check, Value, Value divisor) {
  fail(check.place, "undefined behaviour: a division of {} by {}", check.type->name,
       number(*check.type, divisor));
}
[[noreturn]] void __ubsan_handle_shift_out_of_bounds_abort(const ShiftCheck& check, Value, Value count) {
  fail(check.place, "undefined behaviour: a shift of {} by {}", check.value_type->name,
       number(*check.count_type, count));
}
[[noreturn]] void __ubsan_handle_out_of_bounds_abort(const IndexCheck& check, Value index) {
  fail(check.place, "undefined behaviour: index {} of {}", number(*check.index_type, index),
       check.array_type->name);
}
[[noreturn]] void __ubsan_handle_vla_bound_not_positive_abort(const TypedCheck& check, Value) {
  fail(check.place, "undefined behaviour: an array of no positive size");
}
[[noreturn]] void __ubsan_handle_load_invalid_value_abort(const TypedCheck& check, Value value) {
  fail(check.place, "undefined behaviour: {} is no value of {}", value, check.type->name);
}
[[noreturn]] void __ubsan_handle_pointer_overflow_abort(const Check& check, Value base, Value result) {
  fail(check.place, "undefined behaviour: pointer {:x} becomes {:x}", base, result);
}
[[noreturn]] void __ubsan_handle_nonnull_arg_abort(const Check& check) {
  fail(check.place, "undefined behaviour: a null pointer for an argument that must not be one");
}
[[noreturn]] void __ubsan_handle_nonnull_return_v1_abort(const void*, const SourcePlace& place) {
  fail(place, "undefined behaviour: a null pointer returned from where none must be");
}
[[noreturn]] void __ubsan_handle_invalid_builtin_abort(const Check& check) {
  fail(check.place, "undefined behaviour: the lowest or highest bit of zero");
}
[[noreturn]] void __ubsan_handle_builtin_unreachable(const Check& check) {
  fail(check.place, "undefined behaviour: unreachable code is reached");
}
[[noreturn]] void __ubsan_handle_missing_return(const Check& check) {
  fail(check.place, "undefined behaviour: the end of a function without a return");
}
[[noreturn]] void __ubsan_handle_type_mismatch_v1_abort(const AccessCheck& check, Value address) {
  const char* access = check.access < std::size(accesses) ? accesses[check.access] : "an access to";
  if (address == 0) fail(check.place, "undefined behaviour: {} null {}", access, check.type->name);
  const std::uintptr_t alignment = std::uintptr_t{1} << check.alignment_bits;
  const bool misaligned = (address & (alignment - 1)) != 0;
  fail(check.place, "undefined behaviour: {} {} {} {:x}", access, misaligned ? "misaligned" : "too small",
       check.type->name, address);
}

}  // extern "C"
}  // namespace nucleus
