// SPDX-License-Identifier: ISC
#pragma once

// UEFI on x86_64 calls as Windows does.  Spec: [uefi "Calling Conventions"]

#define EFI_CALL __attribute__((ms_abi))
