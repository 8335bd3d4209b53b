# SPDX-License-Identifier: ISC
set(port_parts boot/common boot/pvh platform/acpi platform/x86)
