# SPDX-License-Identifier: ISC
set(port_parts boot/common boot/limine boot/limine_devicetree boot/linux_image platform/devicetree platform/uart platform/rtc)
set(port_check COMMAND sh ${CMAKE_CURRENT_LIST_DIR}/check_no_fp.sh ${tool_prefix}objdump ${CMAKE_BINARY_DIR}/nucleus.o)
