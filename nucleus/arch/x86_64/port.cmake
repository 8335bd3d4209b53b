# SPDX-License-Identifier: ISC

# What the x86_64 port uses besides its own folder.
set(port_parts boot/common boot/limine boot/pvh platform/acpi platform/x86)
