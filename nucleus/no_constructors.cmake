# SPDX-License-Identifier: ISC
#
# Fails if an object has global constructors: cmake -DOBJDUMP=... -DOBJECT=... -P no_constructors.cmake
execute_process(COMMAND ${OBJDUMP} -h ${OBJECT} OUTPUT_VARIABLE sections COMMAND_ERROR_IS_FATAL ANY)
if(sections MATCHES "\\.(init_array|ctors)")
  execute_process(COMMAND ${OBJDUMP} -t ${OBJECT} OUTPUT_VARIABLE symbols)
  string(REGEX MATCHALL "_GLOBAL__sub_I_[^\n]*" constructors "${symbols}")
  message(FATAL_ERROR "the nucleus must not have global constructors (use constinit): ${constructors}")
endif()
