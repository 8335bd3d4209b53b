// SPDX-License-Identifier: ISC
#pragma once

namespace nucleus {

/// Starts every CPU that the machine has, but for the running one. One that does not come up is left out,
/// with a warning. Context: a thread.
void start_other_cpus();

}  // namespace nucleus
