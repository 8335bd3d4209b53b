// SPDX-License-Identifier: ISC
#pragma once

#include <cstddef>

/// How many inputs were a tree to both readers.
extern std::size_t compared;
