# SPDX-License-Identifier: ISC
set(port_parts boot/limine boot/limine_devicetree boot/linux_image platform/aia platform/plic platform/uart platform/rtc)
# It takes minutes for the many symbols of a debug build, whose code is compiled with the same flags.
if(NOT BACTRIAN_DEBUG)
  set(port_check COMMAND sh ${CMAKE_CURRENT_LIST_DIR}/check_no_fp.sh ${tool_prefix} ${CMAKE_BINARY_DIR}/nucleus.o)
endif()
