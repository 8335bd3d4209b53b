# SPDX-License-Identifier: ISC

# What the x86_64 port uses besides its own folder.
set(port_parts boot/limine boot/limine_x86 boot/pvh platform/x86)
