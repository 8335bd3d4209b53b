# SPDX-License-Identifier: ISC
set(port_parts boot/common boot/limine boot/limine_devicetree boot/linux_image platform/devicetree platform/gic platform/uart platform/rtc)
