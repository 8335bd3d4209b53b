// SPDX-License-Identifier: ISC
#pragma once

// The interpreter of AML, where the image has it. Its object comes into an image whose program asks for the
// machine interface (tools/build/final_link.cc); without it the reference in here is null.

#include <platform/description/aml.h>

namespace nucleus::acpica {

/// Loads the tables and interprets what tells of PCI hosts, of pins and of soft-off. Returns false where
/// there is no interpreter, or there are no ACPI tables. Context: thread, no lock held; once.
bool interpret(Description& out);

}  // namespace nucleus::acpica
