# SPDX-License-Identifier: ISC
set(port_parts boot/linux_image platform/devicetree platform/uart platform/rtc)
