// SPDX-License-Identifier: ISC
#pragma once

// What `--verbose` wants to know at the end of a run.

namespace nucleus {

void set_report_wanted(bool wanted);

/// Sends the report frame (JSON: calls that are not served, memory, threads) if it is wanted, and logs the
/// calls.
void send_report();

}  // namespace nucleus
