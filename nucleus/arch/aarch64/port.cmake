# SPDX-License-Identifier: ISC
set(port_parts boot/limine boot/limine_devicetree boot/linux_image platform/acpi_arm platform/gic platform/uart platform/rtc)
