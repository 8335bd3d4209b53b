// SPDX-License-Identifier: ISC
#pragma once

// RISC-V's advanced interrupt architecture in a devicetree: of its domains, the one for supervisor mode.
// Spec: [linux/bindings "riscv,aplic", "riscv,imsics"]

#include "bus.h"
#include "machine.h"

namespace nucleus::devicetree {

/// If `node`, which sits on `bus`, is an APLIC of supervisor mode: fills `found`, with its IMSIC if there is
/// one, and `targets` with the node whose `interrupts-extended` numbers the harts. `root` is the tree's.
bool decode_aplic(Node root, Node node, const Bus& bus, InterruptController& found, Node& targets);

}  // namespace nucleus::devicetree
